use crate::Parser;
use crate::log;
use crate::{file_times, windows};

/// Every parser, alphabetical by name; the order carries no meaning.
pub const PARSERS: &[&Parser] = &[
    &log::DELIMITED,
    &file_times::PARSER,
    &log::JSON_LINES,
    &windows::mft::PARSER,
    &windows::recycle_bin::PARSER,
    &log::TEXT_LOG,
    &windows::usn_journal::PARSER,
    &log::ACCESS,
    &windows::event_log::PARSER,
];

pub fn parser_by_id(id: u16) -> Option<&'static Parser> {
    PARSERS.iter().copied().find(|p| p.id == id)
}
