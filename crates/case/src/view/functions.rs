//! SQL functions the views use; all are pure.

use super::time_text::time_text;
use model::Zone;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

/// Adds the functions to a connection.
pub fn register(db: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
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
