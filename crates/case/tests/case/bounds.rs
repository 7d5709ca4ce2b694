//! How late a deletion can have been, where nothing says when it was.

use crate::Test;
use crate::sample::changed;
use case::Store;
use case::api::Query;
use case::view::{Cell, Engine, parse_time, register, view};

pub const TESTS: &[Test] = &[("a_deletion_is_no_later_than_its_evidence", a_deletion_is_no_later_than_its_evidence)];

/// (not after, basis) of files made to look deleted, half of them with times of an unknown zone, once the
/// container states this date and the import began then.
fn bounds(acquired: &str, began: &str) -> Vec<(i64, String)> {
    let folder = tempfile::tempdir().unwrap();
    let sql = format!(
        "UPDATE source SET detail = json_set(detail, '$.stored.acquired', '{acquired}') WHERE id = 1 << 40;
         UPDATE entry SET body = CAST(json_set(CAST(body AS TEXT), '$.time', '{began}') AS BLOB)
         WHERE seq = (SELECT begin FROM import WHERE n = 1);
         UPDATE file SET name_state = 1, deleted = NULL, zone = CASE id % 2 WHEN 0 THEN 3 ELSE 0 END
         WHERE kind = 0 AND modified IS NOT NULL;"
    );
    let store = Store::read(&changed(&folder, &sql)).unwrap();
    register(&store.db).unwrap();
    let deleted = view("deleted").unwrap();
    let at = |name: &str| deleted.columns.iter().position(|c| c.name == name).unwrap();
    let (latest, basis) = (at("latest"), at("basis"));
    let mut out = Vec::new();
    let mut engine = Engine::new(&store.db, deleted);
    let text = |cell: &Cell| if let Cell::Text(t) = cell { t.clone() } else { String::new() };
    engine
        .each(&Query::default(), &mut |row| {
            let says = text(&row.cells[basis]);
            if says.starts_with("last recorded time") {
                out.push((parse_time(&text(&row.cells[latest])).unwrap_or(0), says));
            }
            Ok(true)
        })
        .unwrap();
    assert!(!out.is_empty());
    out
}

fn a_deletion_is_no_later_than_its_evidence() {
    const HOUR: i64 = 3_600_000_000;
    let micros = |text: &str| parse_time(text).unwrap();
    let began = "2045-01-01T00:00:00.250Z";
    let zoned = bounds("2044-05-06T07:08:09Z (2346131289)", began);
    // Where the zone of the file's own times is unknown, they may be ahead of UTC.
    let ahead = |says: &str| if says.ends_with("for the unknown zone of the file") { 14 * HOUR } else { 0 };
    assert!(zoned.iter().any(|(_, s)| ahead(s) > 0) && zoned.iter().any(|(_, s)| ahead(s) == 0));
    for (latest, says) in &zoned {
        assert!(says.contains("not after the image was acquired, as its container says"), "{says}");
        assert_eq!(*latest, micros("2044-05-06T07:08:09Z") + ahead(says));
    }
    for (latest, says) in bounds("2044-05-06T07:08:09 local time, zone not stated", began) {
        assert!(says.contains("without a zone, hence 12 hours more"), "{says}");
        assert_eq!(latest, micros("2044-05-06T19:08:09Z") + ahead(&says));
    }
    // A date that is none, one past the import, and one before the files' own times bound nothing.
    for acquired in ["soon", "2046-01-01T00:00:00Z (2398377600)", "1990-01-01T00:00:00Z (631152000)"] {
        for (latest, says) in bounds(acquired, began) {
            assert!(says.contains("not after it was imported here"), "{says}");
            assert_eq!(latest, micros("2045-01-01T00:00:01Z") + ahead(&says));
        }
    }
    for (latest, says) in bounds("soon", "1990-01-01T00:00:00.000Z") {
        assert_eq!(
            (latest, says.as_str()),
            (0, "last recorded time of the file; it lies after the import, so no evidence of the latest")
        );
    }
}
