//! The edge: one request type, one response type, one error type.

mod types;

pub use types::*;
