//! Artefacts of Windows.

pub mod event_log;
pub mod mft;
mod mft_record;
mod mft_table;
pub mod recycle_bin;
pub mod usn_journal;
mod usn_record;
