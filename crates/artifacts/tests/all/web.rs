//! Lines of web servers, proxies and load balancers, as their documentation shows them or their
//! source writes them, and as crashes leave them.

use crate::rows::Rows;
use artifacts::log::{ACCESS, Profile, Profiles, candidates};
use artifacts::{Facts, Input};
use model::MemorySource;

/// The profile that is taken for a log, and its rows and findings.
pub fn read(log: &[u8]) -> (String, Rows) {
    let head = &log[..log.len().min(65_536)];
    let facts = Facts { path: b"a.log", stream: b"", size: log.len() as u64, head, file_system: None };
    let profiles = Profiles::builtin();
    let all: Vec<&Profile> = profiles.all().iter().collect();
    let name = candidates(&facts, &all).first().map_or("none", |c| all[c.profile].name());
    let mut rows = Rows::default();
    (ACCESS.parse)(&Input { facts, data: &MemorySource(log.to_vec()), companions: &[] }, &mut rows).unwrap();
    (name.to_owned(), rows)
}

/// As `read`, for one log of a few lines: all rows, then all findings.
fn lines(log: &str) -> (String, Vec<String>, Vec<String>) {
    let (name, rows) = read(log.as_bytes());
    (name, rows.events, rows.findings)
}

/// A row holds these parts and not those.
fn holds(row: &str, parts: &[&str], none: &[&str]) {
    for part in parts {
        assert!(row.contains(part), "{row}: {part}");
    }
    for part in none {
        assert!(!row.contains(part), "{row}: {part} is there");
    }
}

const LINE: &str = "203.0.113.7 - - [12/Mar/2024:09:00:01 +0000] \"GET /a HTTP/1.1\" 200 512 \"-\" \"curl/8.5.0\"\n";

#[test]
fn zeros_beside_a_line_take_nothing_of_it() {
    let log = [LINE.repeat(20).as_bytes(), &[0; 70_000], LINE.repeat(20).as_bytes(), &[0; 5000]].concat();
    let (name, rows) = read(&log);
    assert_eq!((name.as_str(), rows.events.len()), ("combined", 40));
    let zeros = "x2 at 1760+70000 ";
    assert!(rows.findings.len() == 1 && rows.findings[0].contains(zeros), "{:?}", rows.findings);
    // A run past the bound of a line ends at the first other byte.
    let log = [LINE.as_bytes(), &vec![0; 3 << 20], LINE.repeat(2).as_bytes()].concat();
    let (_, rows) = read(&log);
    assert_eq!((rows.events.len(), rows.findings.len()), (3, 1), "{:?}", rows.findings);
    let iis = "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time c-ip cs-method cs-uri-stem sc-status\n\
        2024-03-12 09:00:01 203.0.113.7 GET /a 200\n2024-03-12 09:00:02 203.0.113.7 GET /b 200\n";
    for log in [[iis.as_bytes(), &[0; 40_000]].concat(), [&[0; 512], iis.as_bytes()].concat()] {
        let (name, rows) = read(&log);
        assert_eq!((name.as_str(), rows.events.len(), rows.findings.len()), ("iis_w3c", 2, 1), "{:?}", rows.findings);
    }
}
