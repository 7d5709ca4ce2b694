//! The case: the only owner of the case database and of the clock. Reading order: `create` and
//! `store`, `entries`, `worker` and `import`, `columns`, `view`, `verify` and `prove`, `api`.
#![deny(unsafe_code)]

mod clock;
mod error;
mod head_memory;
mod store;
mod tool;

mod create;
mod entries;

mod columns;
mod words;

pub mod import;
mod sources;
pub mod worker;

pub mod api;
pub mod serve;

pub use create::create;
pub use error::{CaseError, Result};
pub use store::Store;
