use crate::Parser;

/// Every parser, alphabetical by name; the order carries no meaning.
pub const PARSERS: &[&Parser] = &[];

pub fn parser_by_id(id: u16) -> Option<&'static Parser> {
    PARSERS.iter().copied().find(|p| p.id == id)
}
