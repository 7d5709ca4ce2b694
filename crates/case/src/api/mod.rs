//! The edge: one request type, one response type, one error type.

mod host;
mod types;

pub use host::*;
pub use types::*;
