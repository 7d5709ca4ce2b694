//! The edge: one request type, one response type, one error type, and the session that answers.

mod acts;
mod heads;
mod host;
mod jobs;
mod logs;
mod long;
mod session;
mod session_acts;
mod session_heads;
mod types;
mod work;

pub use acts::*;
pub use heads::*;
pub use host::*;
pub use logs::*;
pub use session::{Session, formats};
pub use types::*;
pub use work::*;
