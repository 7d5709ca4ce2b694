//! The edge: one request type, one response type, one error type, and the session that answers.

mod acts;
mod host;
mod jobs;
mod logs;
mod long;
mod session;
mod session_acts;
mod types;
mod work;

pub use acts::*;
pub use host::*;
pub use logs::*;
pub use session::{Session, formats};
pub use types::*;
pub use work::*;
