//! The edge: one request type, one response type, one error type, and the session that answers.

mod host;
mod jobs;
mod logs;
mod long;
mod session;
mod types;

pub use host::*;
pub use logs::*;
pub use session::{Session, formats};
pub use types::*;
