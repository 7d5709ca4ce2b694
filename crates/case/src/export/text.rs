//! Bytes as text that loses nothing.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt::Write;

/// UTF-8 as it is. Other bytes as `\xNN`, and then a backslash as `\\`; the second value says so, since the
/// same text could also stand in the evidence.
pub fn lossless(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), false);
    }
    let mut out = String::with_capacity(bytes.len() + 16);
    for part in bytes.utf8_chunks() {
        out.push_str(&part.valid().replace('\\', "\\\\"));
        for byte in part.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    (Cow::Owned(out), true)
}

/// A text of canonical JSON: a string, or `{"hex":"..."}` where its bytes are not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonText<'a>(pub Cow<'a, [u8]>);

impl<'de: 'a, 'a> Deserialize<'de> for JsonText<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = JsonText<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a text, or bytes in hexadecimal")
    }
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(JsonText(Cow::Borrowed(text.as_bytes())))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(JsonText(Cow::Owned(text.as_bytes().to_vec())))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some(("hex", digits)) = map.next_entry::<&str, &str>()? else {
            return Err(A::Error::custom("a text that is no hexadecimal"));
        };
        if map.next_entry::<&str, &str>()?.is_some() {
            return Err(A::Error::custom("more than hexadecimal"));
        }
        hex::decode(digits).map(|b| JsonText(Cow::Owned(b))).map_err(A::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        assert_eq!(lossless("plan \\x41 é".as_bytes()), ("plan \\x41 é".into(), false));
        assert_eq!(lossless(b"a\\\xff\xc3b\xe9"), ("a\\\\\\xff\\xc3b\\xe9".into(), true));
        let read = |json: &'static str| serde_json::from_str::<JsonText<'_>>(json).ok().map(|t| t.0.into_owned());
        assert_eq!(read(r#""a\"b""#), Some(b"a\"b".to_vec()));
        assert_eq!(read(r#"{"hex":"ff00"}"#), Some(vec![255, 0]));
        assert_eq!(read(r#"{"hex":"f"}"#), None);
        assert_eq!(read("7"), None);
    }
}
