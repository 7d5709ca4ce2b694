use crate::{Hash, Json, JsonFault, TreeHead, leaf_hash};
use std::fmt;

/// Version of the entry format.
pub const ENTRY_VERSION: i64 = 1;

/// What every entry says before its own members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryHead {
    /// UUID of the case, lower case.
    pub case: String,
    /// Position in the ledger, from 0.
    pub seq: u64,
    /// `case.create`, `import.seal`, ...; the member `type`.
    pub kind: String,
    /// Size and root of the tree over all earlier entries.
    pub prev: TreeHead,
    /// UTC, RFC 3339.
    pub time: String,
}

/// One entry of the ledger: its exact bytes, which are hashed, and what they say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub head: EntryHead,
    /// The whole object, the members of `head` included.
    pub json: Json,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryFault {
    Json(JsonFault),
    /// A member that every entry has is missing or of the wrong kind.
    Member(&'static str),
    /// A member of an entry being built has the name of one that every entry has.
    Reserved(String),
}

impl fmt::Display for EntryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(e) => write!(f, "not an entry: {e}"),
            Self::Member(name) => write!(f, "the member `{name}` is missing or wrong"),
            Self::Reserved(name) => write!(f, "the member `{name}` belongs to the head of the entry"),
        }
    }
}
impl std::error::Error for EntryFault {}

impl From<JsonFault> for EntryFault {
    fn from(e: JsonFault) -> Self {
        Self::Json(e)
    }
}

const HEAD_KEYS: [&str; 6] = ["case", "prev", "seq", "time", "type", "v"];

impl Entry {
    /// An entry of a head and further members.
    pub fn new<'k>(head: EntryHead, members: impl IntoIterator<Item = (&'k str, Json)>) -> Result<Self, EntryFault> {
        let prev = Json::map([("root", Json::hex(&head.prev.root)), ("size", int(head.prev.size, "prev")?)]);
        let mut all = std::collections::BTreeMap::from([
            ("case".to_owned(), Json::Text(head.case.clone())),
            ("prev".to_owned(), prev),
            ("seq".to_owned(), int(head.seq, "seq")?),
            ("time".to_owned(), Json::Text(head.time.clone())),
            ("type".to_owned(), Json::Text(head.kind.clone())),
            ("v".to_owned(), Json::Int(ENTRY_VERSION)),
        ]);
        for (key, value) in members {
            if HEAD_KEYS.contains(&key) {
                return Err(EntryFault::Reserved(key.to_owned()));
            }
            all.insert(key.to_owned(), value);
        }
        let json = Json::Map(all);
        let text = json.to_text()?;
        // What is written must be readable: the head's own members are checked the same way.
        let head = read_head(&json)?;
        Ok(Self { head, json, text })
    }

    /// Reads an entry from its exact bytes; refuses every other text of the same value.
    pub fn read(bytes: &[u8]) -> Result<Self, EntryFault> {
        let json = Json::read(bytes)?;
        let head = read_head(&json)?;
        let text = String::from_utf8_lossy(bytes).into_owned();
        Ok(Self { head, json, text })
    }

    /// The exact text: what is stored and hashed.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// Its leaf in the tree over the entries.
    pub fn leaf(&self) -> Hash {
        leaf_hash(self.text.as_bytes())
    }
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.json.get(key)
    }
}

fn int(v: u64, what: &'static str) -> Result<Json, EntryFault> {
    i64::try_from(v).map(Json::Int).map_err(|_| EntryFault::Member(what))
}

fn read_head(json: &Json) -> Result<EntryHead, EntryFault> {
    let member = |name: &'static str| json.get(name).ok_or(EntryFault::Member(name));
    let text = |name: &'static str| member(name)?.as_text().map(str::to_owned).ok_or(EntryFault::Member(name));
    let natural = |value: Option<&Json>, name: &'static str| {
        value.and_then(Json::as_int).and_then(|i| u64::try_from(i).ok()).ok_or(EntryFault::Member(name))
    };
    if member("v")?.as_int() != Some(ENTRY_VERSION) {
        return Err(EntryFault::Member("v"));
    }
    let prev = member("prev")?;
    let root = prev.get("root").and_then(Json::as_hash).ok_or(EntryFault::Member("prev"))?;
    let head = EntryHead {
        case: text("case")?,
        seq: natural(json.get("seq"), "seq")?,
        kind: text("type")?,
        prev: TreeHead { size: natural(prev.get("size"), "prev")?, root },
        time: text("time")?,
    };
    if !is_uuid(&head.case) {
        return Err(EntryFault::Member("case"));
    }
    if head.kind.is_empty() {
        return Err(EntryFault::Member("type"));
    }
    Ok(head)
}

/// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` in lower-case hexadecimal.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        })
}
