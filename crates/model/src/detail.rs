use std::io::Write as _;

/// A value of a row's detail.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Text as bytes; bytes that are not UTF-8 are kept as `{"hex":"..."}`.
    Text(&'a [u8]),
    Int(i64),
    Uint(u64),
    Bool(bool),
    List(Vec<Value<'a>>),
    Map(Vec<(&'a str, Value<'a>)>),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(v: &'a str) -> Self {
        Value::Text(v.as_bytes())
    }
}

/// Writes canonical JSON: sorted keys, no spaces, no floats, integers of 2^53 and above as
/// strings, control characters as \u00xx, text that is not UTF-8 as `{"hex":"..."}`. The same
/// value always gives the same bytes.
pub struct Json;

impl Json {
    /// The largest integer every JSON reader keeps exactly.
    pub const MAX_SAFE: u64 = (1 << 53) - 1;

    pub fn map(out: &mut Vec<u8>, entries: &[(&str, Value<'_>)]) {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by_key(|i| entries.get(*i).map(|e| e.0));
        out.push(b'{');
        let mut first = true;
        for (key, value) in order.into_iter().filter_map(|i| entries.get(i)) {
            if !first {
                out.push(b',');
            }
            first = false;
            Self::string(out, key);
            out.push(b':');
            Self::value(out, value);
        }
        out.push(b'}');
    }

    pub fn value(out: &mut Vec<u8>, value: &Value<'_>) {
        match value {
            Value::Text(t) => Self::text(out, t),
            Value::Int(i) if i.unsigned_abs() > Self::MAX_SAFE => Self::quoted(out, i),
            Value::Int(i) => Self::display(out, i),
            Value::Uint(u) => Self::uint(out, *u),
            Value::Bool(true) => out.extend_from_slice(b"true"),
            Value::Bool(false) => out.extend_from_slice(b"false"),
            Value::List(items) => {
                out.push(b'[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    Self::value(out, item);
                }
                out.push(b']');
            }
            Value::Map(entries) => Self::map(out, entries),
        }
    }

    pub fn uint(out: &mut Vec<u8>, v: u64) {
        if v > Self::MAX_SAFE { Self::quoted(out, &v) } else { Self::display(out, &v) }
    }

    /// Text that may not be UTF-8.
    pub fn text(out: &mut Vec<u8>, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(s) => Self::string(out, s),
            Err(_) => {
                out.extend_from_slice(b"{\"hex\":\"");
                for b in bytes {
                    let _ = write!(out, "{b:02x}");
                }
                out.extend_from_slice(b"\"}");
            }
        }
    }

    pub fn string(out: &mut Vec<u8>, s: &str) {
        out.push(b'"');
        let bytes = s.as_bytes();
        let mut from = 0usize;
        for (i, b) in bytes.iter().enumerate() {
            if *b >= 0x20 && *b != b'"' && *b != b'\\' {
                continue;
            }
            out.extend_from_slice(bytes.get(from..i).unwrap_or_default());
            from = i.saturating_add(1);
            match *b {
                b'"' => out.extend_from_slice(b"\\\""),
                b'\\' => out.extend_from_slice(b"\\\\"),
                c => {
                    let _ = write!(out, "\\u{c:04x}");
                }
            }
        }
        out.extend_from_slice(bytes.get(from..).unwrap_or_default());
        out.push(b'"');
    }

    fn display(out: &mut Vec<u8>, v: &dyn std::fmt::Display) {
        let _ = write!(out, "{v}");
    }
    fn quoted(out: &mut Vec<u8>, v: &dyn std::fmt::Display) {
        let _ = write!(out, "\"{v}\"");
    }
}
