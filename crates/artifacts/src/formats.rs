//! What can be read, as data: `casebook formats`, the documentation page and the coverage list
//! come from here.

use crate::PARSERS;
use crate::log::Profiles;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatKind {
    Parser,
    LogProfile,
}

impl FormatKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Parser => "parser",
            Self::LogProfile => "log profile",
        }
    }
}

/// One parser, or one log profile that comes with the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    pub kind: FormatKind,
    pub name: String,
    /// The parser whose id the rows bear.
    pub id: u16,
    pub version: u32,
    pub about: String,
    /// Source of the format.
    pub format: &'static str,
    /// What is known not to be seen.
    pub limits: Vec<&'static str>,
}

/// Every parser, then every built-in log profile, each alphabetical by name.
pub fn formats() -> Vec<Format> {
    let parsers = PARSERS.iter().map(|p| Format {
        kind: FormatKind::Parser,
        name: p.name.to_owned(),
        id: p.id,
        version: p.version,
        about: p.about.to_owned(),
        format: p.format,
        limits: p.limits.to_vec(),
    });
    let profiles = Profiles::builtin();
    let profiles = profiles.all().iter().map(|p| {
        let parser = p.parser();
        Format {
            kind: FormatKind::LogProfile,
            name: p.name().to_owned(),
            id: parser.id,
            version: parser.version,
            about: p.about().to_owned(),
            format: parser.format,
            limits: parser.limits.to_vec(),
        }
    });
    parsers.chain(profiles).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reader_is_described() {
        let all = formats();
        assert_eq!(all.len(), PARSERS.len() + crate::log::BUILTIN.len());
        assert!(all.iter().all(|f| !f.about.is_empty() && !f.format.is_empty() && !f.limits.is_empty() && f.version > 0));
        assert!(PARSERS.is_sorted_by_key(|p| p.name));
        let mut ids: Vec<u16> = PARSERS.iter().map(|p| p.id).collect();
        ids.sort();
        assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
}
