//! The JSON of entries and proofs: a profile in which every value has exactly one text.
//! Keys are `[a-z0-9_]`, sorted, without a space anywhere; integers lie within 2^53; there are no
//! floats. Text is written as ECMAScript's JSON.stringify and Python's json.dumps with
//! ensure_ascii=False write it. Source: docs/format.md, "JSON profile".

use std::collections::BTreeMap;
use std::fmt;

/// Most levels of arrays and objects.
pub const MAX_DEPTH: usize = 32;
/// The largest integer every JSON reader keeps exactly; larger ones are texts.
pub const MAX_INT: i64 = (1 << 53) - 1;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    Null,
    Bool(bool),
    /// Within `MAX_INT` of 0.
    Int(i64),
    Text(String),
    List(Vec<Json>),
    Map(BTreeMap<String, Json>),
}

/// A value or a text outside the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonFault {
    /// Offset in the text that was read; 0 for a value that can not be written.
    pub at: usize,
    pub what: &'static str,
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.what, self.at)
    }
}
impl std::error::Error for JsonFault {}

impl From<&str> for Json {
    fn from(v: &str) -> Self {
        Json::Text(v.to_owned())
    }
}
impl From<String> for Json {
    fn from(v: String) -> Self {
        Json::Text(v)
    }
}
impl From<bool> for Json {
    fn from(v: bool) -> Self {
        Json::Bool(v)
    }
}
impl From<u32> for Json {
    fn from(v: u32) -> Self {
        Json::Int(i64::from(v))
    }
}
impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(v: Option<T>) -> Self {
        v.map_or(Json::Null, Into::into)
    }
}
impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(v: Vec<T>) -> Self {
        Json::List(v.into_iter().map(Into::into).collect())
    }
}

impl Json {
    pub fn map<'k>(members: impl IntoIterator<Item = (&'k str, Json)>) -> Self {
        Json::Map(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
    }
    /// A 64-bit number, which the profile keeps as decimal text.
    pub fn big(v: u64) -> Self {
        Json::Text(v.to_string())
    }
    /// Bytes as lower-case hexadecimal text.
    pub fn hex(bytes: &[u8]) -> Self {
        Json::Text(crate::hex_encode(bytes))
    }

    /// The member of an object; None for other values.
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Map(m) => m.get(key),
            Json::Null | Json::Bool(_) | Json::Int(_) | Json::Text(_) | Json::List(_) => None,
        }
    }
    pub fn as_text(&self) -> Option<&str> {
        if let Json::Text(t) = self { Some(t) } else { None }
    }
    pub fn as_int(&self) -> Option<i64> {
        if let Json::Int(i) = self { Some(*i) } else { None }
    }
    pub fn as_bool(&self) -> Option<bool> {
        if let Json::Bool(b) = self { Some(*b) } else { None }
    }
    pub fn as_list(&self) -> Option<&[Json]> {
        if let Json::List(l) = self { Some(l) } else { None }
    }
    /// A number kept as decimal text, without leading zeros.
    pub fn as_big(&self) -> Option<u64> {
        let text = self.as_text()?;
        text.parse().ok().filter(|n: &u64| n.to_string() == text)
    }
    /// A digest kept as 64 hexadecimal digits.
    pub fn as_hash(&self) -> Option<crate::Hash> {
        crate::hash_from_hex(self.as_text()?)
    }
    pub fn as_hex(&self) -> Option<Vec<u8>> {
        crate::hex_decode(self.as_text()?)
    }

    /// The one text of this value.
    pub fn to_text(&self) -> Result<String, JsonFault> {
        let mut out = String::new();
        self.write(&mut out, 0)?;
        Ok(out)
    }

    fn write(&self, out: &mut String, depth: usize) -> Result<(), JsonFault> {
        let fault = |what| Err(JsonFault { at: 0, what });
        if depth > MAX_DEPTH {
            return fault("nested too deeply");
        }
        let inner = depth.saturating_add(1);
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(true) => out.push_str("true"),
            Json::Bool(false) => out.push_str("false"),
            Json::Int(i) if i.unsigned_abs() > MAX_INT.unsigned_abs() => return fault("an integer of 2^53 or more"),
            Json::Int(i) => out.push_str(&i.to_string()),
            Json::Text(t) => write_text(out, t),
            Json::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(out, inner)?;
                }
                out.push(']');
            }
            Json::Map(members) => {
                out.push('{');
                for (i, (key, value)) in members.iter().enumerate() {
                    if !is_key(key) {
                        return fault("a key outside [a-z0-9_]");
                    }
                    if i > 0 {
                        out.push(',');
                    }
                    write_text(out, key);
                    out.push(':');
                    value.write(out, inner)?;
                }
                out.push('}');
            }
        }
        Ok(())
    }
}

pub(crate) fn is_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}
