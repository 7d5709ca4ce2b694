//! The lines of `rows.jsonl` and `blocks.jsonl`.

use super::PackageTable;
use crate::proof_json::{member, number, path_of, read_row, row_members};
use crate::{Hash, Json, ProofRow, TreeHead, leaf_hash};

/// A row of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageRow {
    /// Number of the entry whose outputs hold the root over the row's table.
    pub entry: u64,
    /// 0 for statements.
    pub import: u32,
    pub row: ProofRow,
}

impl PackageRow {
    pub fn to_json(&self) -> Json {
        let own = [("entry", Json::big(self.entry)), ("import", Json::from(self.import))];
        Json::map(own.into_iter().chain(row_members(&self.row)))
    }
    /// The member that is missing or wrong, where it is none.
    pub fn read(json: &Json) -> Result<Self, &'static str> {
        if !matches!(json, Json::Map(members) if members.len() == 8) {
            return Err("its members");
        }
        Ok(Self { entry: member(json, "entry", Json::as_big)?, import: member(json, "import", number)?, row: read_row(json)? })
    }
    /// Import, table and row of a line, where it tells them, whatever else is wrong with it.
    pub fn place_in(json: &Json) -> Option<(u32, PackageTable, u64)> {
        let table = PackageTable::of_name(json.get("table")?.as_text()?)?;
        Some((number(json.get("import")?)?, table, json.get("row")?.as_big()?))
    }
    /// Rows of a package are in rising order of this.
    pub fn place(&self) -> Option<(u32, PackageTable, u64)> {
        Some((self.import, PackageTable::of_name(&self.row.table)?, self.row.row))
    }

    /// Size and root of its table, and the row's index, as the outputs of its entry have them. None
    /// where not exactly one output is its table's.
    pub fn output(&self, outputs: &[Json]) -> Option<(TreeHead, u64)> {
        let mut found = outputs.iter().filter(|o| {
            o.get("table").and_then(Json::as_text) == Some(&self.row.table)
                && o.get("schema").and_then(Json::as_text).map(str::as_bytes) == Some(&self.row.tag)
                && o.get("import").map_or(Some(0), Json::as_int) == Some(i64::from(self.import))
        });
        let output = found.next()?;
        if found.next().is_some() {
            return None;
        }
        let first = match output.get("first") {
            Some(first) => first.as_big()?,
            None => 0,
        };
        let head = TreeHead { size: output.get("rows")?.as_big()?, root: output.get("root")?.as_hash()? };
        Some((head, self.row.row.checked_sub(first)?))
    }
}

/// A range of evidence in a package; its bytes lie in a file of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageRange {
    pub import: u32,
    /// Row of the source within the import.
    pub source: u32,
    /// Length of the stream.
    pub bytes: u64,
    pub first_block: u64,
    /// Length of what is shown.
    pub length: u64,
    pub path: Vec<Hash>,
}

impl PackageRange {
    pub fn to_json(&self) -> Json {
        Json::map([
            ("bytes", Json::big(self.bytes)),
            ("first_block", Json::big(self.first_block)),
            ("import", Json::from(self.import)),
            ("length", Json::big(self.length)),
            ("path", Json::List(self.path.iter().map(|h| Json::hex(h)).collect())),
            ("source", Json::from(self.source)),
        ])
    }
    pub fn read(json: &Json) -> Result<Self, &'static str> {
        if !matches!(json, Json::Map(members) if members.len() == 6) {
            return Err("its members");
        }
        Ok(Self {
            import: member(json, "import", number)?,
            source: member(json, "source", number)?,
            bytes: member(json, "bytes", Json::as_big)?,
            first_block: member(json, "first_block", Json::as_big)?,
            length: member(json, "length", Json::as_big)?,
            path: path_of(json)?,
        })
    }
    /// Import, source and first block of a line, where it tells them.
    pub fn place_in(json: &Json) -> Option<(u32, u32, u64)> {
        Some((number(json.get("import")?)?, number(json.get("source")?)?, json.get("first_block")?.as_big()?))
    }
    pub fn place(&self) -> (u32, u32, u64) {
        (self.import, self.source, self.first_block)
    }
    /// Its leaf in the tree over what is shown; `digest` is the SHA-256 of the bytes.
    pub fn leaf(&self, digest: &Hash) -> Hash {
        let mut leaf = b"BLK1".to_vec();
        leaf.extend(self.import.to_le_bytes());
        leaf.extend(self.source.to_le_bytes());
        leaf.extend(self.first_block.to_le_bytes());
        leaf.extend(self.length.to_le_bytes());
        leaf.extend(digest);
        leaf_hash(&leaf)
    }
}
