//! SQL functions the views use; all are pure.

use super::time_text::time_text;
use crate::address::Address;
use crate::template::{self, Contains, Numbers};
use model::Zone;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Value, ValueRef};

/// The text of a template and its stored numbers; None where they do not fit.
pub fn expand(word: &[u8], numbers: ValueRef<'_>) -> Option<Vec<u8>> {
    match numbers {
        ValueRef::Integer(n) => template::join(word, &Numbers::one(n)),
        ValueRef::Text(t) => template::join(word, &Numbers::read(std::str::from_utf8(t).ok()?)?),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => None,
    }
}

fn bytes(value: ValueRef<'_>) -> Option<&[u8]> {
    match value {
        ValueRef::Text(b) | ValueRef::Blob(b) => Some(b),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => None,
    }
}

/// What addresses are sorted by; None where there is none.
pub fn address_order(address: ValueRef<'_>) -> Option<Vec<u8>> {
    let (place, rest) = match (address, crate::countries::stored_key(address)) {
        (_, Some(key)) => (0, key.to_vec()),
        (ValueRef::Text(b) | ValueRef::Blob(b), None) => (1, b.to_vec()),
        (ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_), None) => return None,
    };
    Some([vec![place], rest].concat())
}

/// Adds the functions to a connection.
pub fn register(db: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    // address_key(address) → 16 bytes that order addresses; null of a name
    db.create_scalar_function("address_key", 1, flags, |ctx| {
        Ok(crate::countries::stored_key(ctx.get_raw(0)).map(|key| key.to_vec()))
    })?;
    // address_order(address) → bytes by which a list of addresses is sorted: IPv4, IPv6, then names
    db.create_scalar_function("address_order", 1, flags, |ctx| Ok(address_order(ctx.get_raw(0))))?;
    // template_contains(word, pattern) → 2 all its texts contain it, 1 some may, 0 none
    db.create_scalar_function("template_contains", 2, flags, |ctx| {
        let (Some(word), Some(pattern)) = (bytes(ctx.get_raw(0)), bytes(ctx.get_raw(1))) else { return Ok(0) };
        Ok(match template::contains(word, pattern) {
            Contains::No => 0,
            Contains::Maybe => 1,
            Contains::Yes => 2,
        })
    })?;
    // text_contains(text, pattern) → letters of ASCII without their case, of text and of blobs
    db.create_scalar_function("text_contains", 2, flags, |ctx| {
        let (Some(text), Some(pattern)) = (bytes(ctx.get_raw(0)), bytes(ctx.get_raw(1))) else { return Ok(false) };
        Ok(template::contains_text(text, pattern))
    })?;
    // address_text(stored) → as it is written
    db.create_scalar_function(
        "address_text",
        1,
        flags,
        |ctx| Ok(Address::read(ctx.get_raw(0)).map_or(Value::Null, Value::Blob)),
    )?;
    // expand(template, numbers) → the whole text
    db.create_scalar_function("expand", 2, flags, |ctx| {
        let Some(word) = bytes(ctx.get_raw(0)) else { return Ok(Value::Null) };
        Ok(expand(word, ctx.get_raw(1)).map_or_else(|| Value::Blob(word.to_vec()), Value::Blob))
    })?;
    // file_times(zone, modified, accessed, changed, created, deleted, detail) → JSON object of texts
    db.create_scalar_function("file_times", 7, flags, |ctx| {
        let zone: i64 = ctx.get(0)?;
        let zone = Zone::from_code((zone & 255) as u8, i16::try_from(zone >> 8).unwrap_or(0)).unwrap_or(Zone::Utc);
        let mut times = serde_json::Map::new();
        for (i, name) in ["modified", "accessed", "changed", "created", "deleted"].iter().enumerate() {
            if let Some(micros) = ctx.get::<Option<i64>>(i + 1)? {
                times.insert((*name).into(), time_text(micros, zone).into());
            }
        }
        let detail: Option<String> = ctx.get(6)?;
        let detail: serde_json::Value = detail.and_then(|d| serde_json::from_str(&d).ok()).unwrap_or_default();
        for (name, value) in detail.get("name_times").and_then(|t| t.as_object()).into_iter().flatten() {
            if let Some(micros) = crate::sources::json_number(value) {
                times.insert(name.clone(), time_text(micros, zone).into());
            }
        }
        Ok(serde_json::Value::Object(times).to_string())
    })
}
