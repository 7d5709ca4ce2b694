//! Addresses of clients as SQLite holds them. An IPv4 address is an integer of four bytes, an IPv6
//! address a blob of sixteen; a name, or an address written in another way than the usual, is text.
//! Only a way of storing: rows are hashed over the text.

use crate::words::text_or_blob;
use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The stored form of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address<'a> {
    V4(i32),
    V6([u8; 16]),
    Text(&'a [u8]),
}

/// `203.0.113.7`: four numbers without leading zeros.
fn v4(text: &[u8]) -> Option<i32> {
    let mut parts = text.split(|b| *b == b'.');
    let mut bytes = [0u8; 4];
    for byte in &mut bytes {
        let part = parts.next()?;
        let plain = matches!(part, [b'0'] | [b'1'..=b'9'] | [b'1'..=b'9', _] | [b'1'..=b'9', _, _]);
        if !plain {
            return None;
        }
        let value = part.iter().try_fold(0u16, |n, b| b.is_ascii_digit().then(|| n * 10 + u16::from(b - b'0')))?;
        *byte = u8::try_from(value).ok()?;
    }
    parts.next().is_none().then(|| i32::from_be_bytes(bytes))
}

fn v6(text: &[u8]) -> Option<[u8; 16]> {
    let text = std::str::from_utf8(text).ok().filter(|t| t.len() <= 45 && t.contains(':'))?;
    let parsed: Ipv6Addr = text.parse().ok()?;
    // Only what comes out again as it was.
    (parsed.to_string() == text).then(|| parsed.octets())
}

impl<'a> Address<'a> {
    pub fn of(text: &'a [u8]) -> Self {
        v4(text).map(Self::V4).or_else(|| v6(text).map(Self::V6)).unwrap_or(Self::Text(text))
    }
    /// The text of a stored address; None where an import would have stored it otherwise.
    pub fn read(value: ValueRef<'a>) -> Option<Vec<u8>> {
        match value {
            ValueRef::Integer(n) => Some(Ipv4Addr::from(i32::try_from(n).ok()?.to_be_bytes()).to_string().into_bytes()),
            ValueRef::Blob(b) if b.len() == 16 => {
                let octets = <[u8; 16]>::try_from(b).ok()?;
                let text = Ipv6Addr::from(octets).to_string().into_bytes();
                (v6(&text) == Some(octets)).then_some(text)
            }
            ValueRef::Text(b) | ValueRef::Blob(b) => {
                (Self::of(b) == Self::Text(b) && text_or_blob(b) == value).then(|| b.to_vec())
            }
            ValueRef::Null | ValueRef::Real(_) => None,
        }
    }
    pub fn value(self) -> Value {
        match self {
            Self::V4(n) => Value::Integer(n.into()),
            Self::V6(octets) => Value::Blob(octets.to_vec()),
            Self::Text(text) => match std::str::from_utf8(text) {
                Ok(t) if !text.contains(&0) => Value::Text(t.to_owned()),
                _ => Value::Blob(text.to_vec()),
            },
        }
    }
}

impl ToSql for Address<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::V4(n) => ToSqlOutput::Owned(Value::Integer((*n).into())),
            Self::V6(octets) => ToSqlOutput::Borrowed(ValueRef::Blob(octets)),
            Self::Text(text) => ToSqlOutput::Borrowed(text_or_blob(text)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for text in ["203.0.113.7", "0.0.0.0", "255.255.255.255", "10.20.3.10", "2001:db8::7", "::1"] {
            let stored = Address::of(text.as_bytes());
            assert!(!matches!(stored, Address::Text(_)), "{text}");
            assert_eq!(Address::read(ValueRef::from(&stored.value())).unwrap(), text.as_bytes());
        }
        for text in ["", "1.2.3", "01.2.3.4", "256.1.1.1", "1.2.3.4.5", "2001:DB8::7", "host.example.com", "1.2.3.4:80", "0:0::1"]
        {
            let stored = Address::of(text.as_bytes());
            assert_eq!(stored, Address::Text(text.as_bytes()), "{text}");
            assert_eq!(Address::read(ValueRef::from(&stored.value())).unwrap(), text.as_bytes());
        }
        // Another form of the same address is not what an import writes.
        assert_eq!(Address::read(ValueRef::Text(b"203.0.113.7")), None);
        assert_eq!(Address::read(ValueRef::Integer(1 << 40)), None);
    }
}
