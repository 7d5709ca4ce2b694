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
        // Writers mostly give a few keys, often in order already: no allocation for those.
        const FEW: usize = 16;
        let mut few = [0usize; FEW];
        let mut many = Vec::new();
        let order = match few.get_mut(..entries.len()) {
            Some(order) => order,
            None => {
                many.resize(entries.len(), 0);
                many.as_mut_slice()
            }
        };
        for (i, place) in order.iter_mut().enumerate() {
            *place = i;
        }
        if !entries.is_sorted_by_key(|e| e.0) {
            order.sort_by_key(|i| entries.get(*i).map(|e| e.0));
        }
        out.push(b'{');
        let mut first = true;
        for (key, value) in order.iter().filter_map(|i| entries.get(*i)) {
            if !first {
                out.push(b',');
            }
            first = false;
            Self::text(out, key.as_bytes());
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
        if v > Self::MAX_SAFE {
            return Self::quoted(out, &v);
        }
        let mut digits = [0u8; 20];
        let mut at = digits.len();
        let mut left = v;
        loop {
            at = at.saturating_sub(1);
            if let Some(d) = digits.get_mut(at) {
                // A digit fits a byte.
                *d = b'0'.wrapping_add(u8::try_from(left % 10).unwrap_or(0));
            }
            left /= 10;
            if left == 0 {
                break;
            }
        }
        out.extend_from_slice(digits.get(at..).unwrap_or_default());
    }

    /// Text that may not be UTF-8.
    pub fn text(out: &mut Vec<u8>, bytes: &[u8]) {
        if is_plain_ascii(bytes) {
            out.push(b'"');
            out.extend_from_slice(bytes);
            out.push(b'"');
            return;
        }
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
        let mut rest = s.as_bytes();
        loop {
            let plain = plain_prefix(rest);
            let Some((before, after)) = rest.split_at_checked(plain) else { break };
            out.extend_from_slice(before);
            let Some((special, after)) = after.split_first() else { break };
            match *special {
                b'"' => out.extend_from_slice(b"\\\""),
                b'\\' => out.extend_from_slice(b"\\\\"),
                c => {
                    let _ = write!(out, "\\u{c:04x}");
                }
            }
            rest = after;
        }
        out.push(b'"');
    }

    fn display(out: &mut Vec<u8>, v: &dyn std::fmt::Display) {
        let _ = write!(out, "{v}");
    }
    fn quoted(out: &mut Vec<u8>, v: &dyn std::fmt::Display) {
        let _ = write!(out, "\"{v}\"");
    }
}

/// Whether text is ASCII and stands in a JSON string as it is, which nearly all text does.
fn is_plain_ascii(bytes: &[u8]) -> bool {
    // Without an early exit the compiler compares a chunk at once; the last chunk overlaps.
    let plain = |chunk: &[u8]| !chunk.iter().fold(false, |any, b| any | must_escape(*b) | (*b >= 0x80));
    fn all<const N: usize>(bytes: &[u8], plain: impl Fn(&[u8]) -> bool) -> Option<bool> {
        let last = bytes.last_chunk::<N>()?;
        Some(bytes.as_chunks::<N>().0.iter().all(|c| plain(c)) && plain(last))
    }
    all::<16>(bytes, plain).or_else(|| all::<8>(bytes, plain)).unwrap_or_else(|| plain(bytes))
}

fn must_escape(b: u8) -> bool {
    (b < 0x20) | (b == b'"') | (b == b'\\')
}

/// Bytes before the first that a JSON string must escape.
fn plain_prefix(bytes: &[u8]) -> usize {
    bytes.iter().position(|b| must_escape(*b)).unwrap_or(bytes.len())
}
