//! The text form of a proof bundle. Source: docs/format.md, "Proof bundles".

use crate::{Checkpoint, Hash, Json, JsonFault, Proof, ProofBytes, ProofField, ProofRow, RangeProof, hex_decode};

const VERSION: i64 = 1;

/// A text that is no proof bundle: the member that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofTextFault {
    Json(JsonFault),
    Member(&'static str),
}

impl std::fmt::Display for ProofTextFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Json(e) => write!(f, "not a proof: {e}"),
            Self::Member(name) => write!(f, "not a proof: the member `{name}` is missing or wrong"),
        }
    }
}
impl std::error::Error for ProofTextFault {}

fn hashes(path: &[Hash]) -> Json {
    Json::List(path.iter().map(|h| Json::hex(h)).collect())
}

impl Proof {
    pub fn to_json(&self) -> Json {
        let entry = Json::map([
            ("path", hashes(&self.entry_path)),
            ("seq", Json::big(self.seq)),
            ("text", Json::from(self.entry.as_str())),
        ]);
        Json::map([
            ("bytes", Json::List(self.bytes.iter().map(bytes_json).collect())),
            ("checkpoint", Json::from(self.checkpoint.to_note())),
            ("entry", entry),
            ("import", Json::from(self.import)),
            ("proof", Json::Int(VERSION)),
            ("rows", Json::List(self.rows.iter().map(|row| Json::map(row_members(row))).collect())),
        ])
    }

    /// Reads a bundle; whether it holds is for `check` to say.
    pub fn read(text: &[u8]) -> Result<Self, ProofTextFault> {
        let json = Json::read(text).map_err(ProofTextFault::Json)?;
        read(&json).map_err(ProofTextFault::Member)
    }
}

/// A row's members.
pub(crate) fn row_members(row: &ProofRow) -> [(&'static str, Json); 6] {
    let field = |f: &ProofField| match f {
        ProofField::Shown { salt, tag, value } => {
            Json::map([("salt", Json::hex(salt)), ("tag", Json::Int(i64::from(*tag))), ("value", Json::hex(value))])
        }
        ProofField::Masked(hash) => Json::map([("commitment", Json::hex(hash))]),
    };
    [
        ("fields", Json::List(row.fields.iter().map(field).collect())),
        ("header", Json::hex(&row.header)),
        ("path", hashes(&row.path)),
        ("row", Json::big(row.row)),
        ("schema", Json::Text(String::from_utf8_lossy(&row.tag).into_owned())),
        ("table", Json::from(row.table.as_str())),
    ]
}

fn bytes_json(b: &ProofBytes) -> Json {
    Json::map([
        ("bytes", Json::big(b.range.bytes)),
        ("data", Json::hex(&b.range.data)),
        ("first_block", Json::big(b.range.first_block)),
        ("path", hashes(&b.range.path)),
        ("source", Json::from(b.source)),
    ])
}

pub(crate) type Read<T> = Result<T, &'static str>;

pub(crate) fn member<'a, T>(json: &'a Json, name: &'static str, read: impl FnOnce(&'a Json) -> Option<T>) -> Read<T> {
    json.get(name).and_then(read).ok_or(name)
}
pub(crate) fn path_of(json: &Json) -> Read<Vec<Hash>> {
    member(json, "path", |p| p.as_list()?.iter().map(Json::as_hash).collect())
}
pub(crate) fn number(json: &Json) -> Option<u32> {
    json.as_int().and_then(|i| u32::try_from(i).ok())
}

fn read(json: &Json) -> Read<Proof> {
    if json.get("proof").and_then(Json::as_int) != Some(VERSION) {
        return Err("proof");
    }
    let entry = json.get("entry").ok_or("entry")?;
    let checkpoint = member(json, "checkpoint", Json::as_text)?;
    Ok(Proof {
        import: member(json, "import", number)?,
        rows: member(json, "rows", Json::as_list)?.iter().map(read_row).collect::<Read<_>>()?,
        bytes: member(json, "bytes", Json::as_list)?.iter().map(read_bytes).collect::<Read<_>>()?,
        entry: member(entry, "text", Json::as_text)?.to_owned(),
        seq: member(entry, "seq", Json::as_big)?,
        entry_path: path_of(entry)?,
        checkpoint: Checkpoint::read(checkpoint.as_bytes()).map_err(|_| "checkpoint")?,
    })
}

pub(crate) fn read_row(json: &Json) -> Read<ProofRow> {
    Ok(ProofRow {
        table: member(json, "table", Json::as_text)?.to_owned(),
        tag: member(json, "schema", |s| s.as_text()?.as_bytes().try_into().ok())?,
        row: member(json, "row", Json::as_big)?,
        header: member(json, "header", Json::as_hex)?,
        fields: member(json, "fields", Json::as_list)?.iter().map(read_field).collect::<Read<_>>()?,
        path: path_of(json)?,
    })
}

pub(crate) fn read_field(json: &Json) -> Read<ProofField> {
    if let Some(commitment) = json.get("commitment") {
        return commitment.as_hash().map(ProofField::Masked).ok_or("commitment");
    }
    Ok(ProofField::Shown {
        salt: member(json, "salt", |s| hex_decode(s.as_text()?)?.try_into().ok())?,
        tag: member(json, "tag", |t| u8::try_from(t.as_int()?).ok())?,
        value: member(json, "value", Json::as_hex)?,
    })
}

fn read_bytes(json: &Json) -> Read<ProofBytes> {
    let range = RangeProof {
        bytes: member(json, "bytes", Json::as_big)?,
        first_block: member(json, "first_block", Json::as_big)?,
        data: member(json, "data", Json::as_hex)?,
        path: path_of(json)?,
    };
    Ok(ProofBytes { source: member(json, "source", number)?, range })
}
