//! Every reader against what other tools say of the same bytes, against damage, and against hostile bytes.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::cast_possible_truncation)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod archives;
mod containers;
mod ext;
mod fat;
mod ntfs;
mod shared;
