//! What comes from outside the case and vouches for a checkpoint. docs/format.md, "Anchors".

mod note;
pub mod timestamp;
pub mod timestamp_certificate;
pub mod timestamp_check;
mod timestamp_der;
pub mod timestamp_path;
pub mod timestamp_request;
mod timestamp_signature;
pub mod timestamp_token;

pub use note::{MOST_NOTE_BYTES, NoteAnchor, add_note};
