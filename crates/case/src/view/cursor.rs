//! Where a page goes on.

use rusqlite::types::{Value, ValueRef};

/// Where a page goes on: the value ordered by and the id, or a position.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) enum Cursor {
    Key {
        order: Option<CursorValue>,
        id: i64,
    },
    Position(i64),
    /// A subject, None where it is a text, and how many of its groups were given.
    Group {
        subject: Option<i64>,
        given: i64,
    },
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) enum CursorValue {
    Int(i64),
    Text(String),
    /// In hexadecimal, of what is no text.
    Bytes(String),
}

impl CursorValue {
    pub(super) fn of(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Integer(n) => Some(Self::Int(n)),
            ValueRef::Text(b) => Some(match std::str::from_utf8(b) {
                Ok(text) => Self::Text(text.to_owned()),
                Err(_) => Self::Bytes(hex::encode(b)),
            }),
            ValueRef::Blob(b) => Some(Self::Bytes(hex::encode(b))),
            ValueRef::Null | ValueRef::Real(_) => None,
        }
    }
    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Int(n) => Value::Integer(n),
            Self::Text(t) => Value::Text(t),
            Self::Bytes(b) => hex::decode(b).map_or(Value::Null, Value::Blob),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_gives_back_the_value_it_was_made_of() {
        for value in
            [ValueRef::Integer(-3), ValueRef::Text("caf\u{e9}".as_bytes()), ValueRef::Blob(b"caf\xe9"), ValueRef::Blob(b"")]
        {
            let told = serde_json::to_string(&CursorValue::of(value)).unwrap();
            let read: Option<CursorValue> = serde_json::from_str(&told).unwrap();
            assert_eq!(ValueRef::from(&read.unwrap().into_value()), value);
        }
        assert!(CursorValue::of(ValueRef::Null).is_none());
    }
}
