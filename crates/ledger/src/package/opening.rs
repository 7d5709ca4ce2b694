//! A masked field opened later: its salt and value, held against the commitment in a package.

use super::{PackageRow, PackageTable};
use crate::proof_json::{member, number, read_field};
use crate::{Json, ProofField};
use std::collections::BTreeMap;

/// One line of openings. Source: docs/format.md, "Openings".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    pub import: u32,
    pub table: PackageTable,
    pub row: u64,
    /// Number of the field within the row.
    pub field: u8,
    pub shown: ProofField,
}

/// What a line of openings came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// `import 1 event row 7 subject`, or the line where it tells none.
    pub place: String,
    /// Tag and value, where it is what the package committed to; else why not.
    pub value: Result<(u8, Vec<u8>), &'static str>,
}

impl Opening {
    /// None of a field that is masked itself.
    pub fn to_json(&self) -> Option<Json> {
        let ProofField::Shown { salt, tag, value } = &self.shown else { return None };
        Some(Json::map([
            ("field", Json::Int(i64::from(self.field))),
            ("import", Json::from(self.import)),
            ("row", Json::big(self.row)),
            ("salt", Json::hex(salt)),
            ("table", Json::from(self.table.name())),
            ("tag", Json::Int(i64::from(*tag))),
            ("value", Json::hex(value)),
        ]))
    }

    /// The member that is missing or wrong, where it is none.
    pub fn read(json: &Json) -> Result<Self, &'static str> {
        if !matches!(json, Json::Map(members) if members.len() == 7) {
            return Err("its members");
        }
        Ok(Self {
            import: member(json, "import", number)?,
            table: member(json, "table", |t| PackageTable::of_name(t.as_text()?))?,
            row: member(json, "row", Json::as_big)?,
            field: member(json, "field", |f| u8::try_from(f.as_int()?).ok())?,
            shown: read_field(json)?,
        })
    }

    fn place(&self) -> String {
        let name = self.table.fields().get(usize::from(self.field)).copied().unwrap_or("field without a name");
        format!("import {} {} row {} {name}", self.import, self.table.name(), self.row)
    }

    fn fits(&self, row: &PackageRow) -> Result<(u8, Vec<u8>), &'static str> {
        let ProofField::Shown { tag, value, .. } = &self.shown else { return Err("it opens nothing") };
        match row.row.fields.get(usize::from(self.field)) {
            None => Err("the row has no such field"),
            Some(ProofField::Shown { .. }) => Err("the field is not masked in this package"),
            Some(ProofField::Masked(hash)) if self.shown.commitment(self.field) == Some(*hash) => Ok((*tag, value.clone())),
            Some(ProofField::Masked(_)) => Err("this is not what the package committed to"),
        }
    }
}

/// Holds openings, one a line, against the rows of a package that was checked before.
pub fn check_openings(rows: &[u8], openings: &[u8]) -> Vec<Opened> {
    let lines = |bytes: &'_ [u8]| -> Vec<Vec<u8>> {
        bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).filter(|line| !line.is_empty()).collect()
    };
    let read: Vec<Result<Opening, &'static str>> = lines(openings)
        .iter()
        .map(|line| Json::read(line).map_err(|_| "it is no JSON of the profile").and_then(|json| Opening::read(&json)))
        .collect();
    let mut wanted: BTreeMap<(u32, PackageTable, u64), Option<PackageRow>> =
        read.iter().flatten().map(|o| ((o.import, o.table, o.row), None)).collect();
    for line in rows.split(|b| *b == b'\n') {
        let Some(json) = Json::read(line).ok() else { continue };
        if let Some(place) = PackageRow::place_in(&json)
            && let Some(slot) = wanted.get_mut(&place)
        {
            *slot = PackageRow::read(&json).ok();
        }
    }
    let opened = |(line, opening): (u64, Result<Opening, &'static str>)| match opening {
        Err(why) => Opened { place: format!("line {line}"), value: Err(why) },
        Ok(o) => {
            let row = wanted.get(&(o.import, o.table, o.row)).and_then(Option::as_ref);
            Opened { place: o.place(), value: row.ok_or("the package does not show this row").and_then(|row| o.fits(row)) }
        }
    };
    (1..).zip(read).map(opened).collect()
}
