//! Who did what in the case: tags, notes and bookmarks on rows, masked fields that were shown, a case that
//! was opened, a verification. Each act is an entry of the ledger; nothing is ever taken out of it, and an
//! undo is another entry. What people wrote is kept as salted statements.

mod annotate;
mod masked;
mod opened;
mod rows;
mod verified;

pub use annotate::{AnnotatedRow, Annotation, KINDS, MOST_ROWS, Shown, annotate, annotations, remove, rows_of_view};
pub use masked::{Unmasked, open_masked};
pub use opened::{opening_is_recorded, record_opening, set_opening_recorded};
pub(crate) use rows::{Leaves, row_as_typed, rows_in};
pub use rows::{RowKey, parse_row};
pub use verified::record_verification;
