//! Evidence by others with known answers, where it is at hand: `$CASEBOOK_EVIDENCE`, else
//! `shared/evidence` beside the workspace.

use crate::rows::Rows;
use artifacts::log::{LineParser, Profile, Profiles, Unread, detect};
use artifacts::{Claim, Facts, Input, PARSERS};
use model::{Batch, MemorySource, Table};
use std::path::PathBuf;

fn evidence() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/evidence"));
    let folder = std::env::var_os("CASEBOOK_EVIDENCE").map_or(beside, PathBuf::from);
    let there = folder.is_dir();
    if !there {
        println!("skipped: external evidence not found");
    }
    there.then_some(folder)
}

/// A file's bytes; one ending in `.xz` is decompressed.
fn read(name: &str) -> Option<Vec<u8>> {
    let raw = std::fs::read(evidence()?.join(name)).unwrap();
    if !name.ends_with(".xz") {
        return Some(raw);
    }
    let mut out = Vec::new();
    let mut reader = lzma_rust2::XzReader::new(raw.as_slice(), true);
    std::io::Read::read_to_end(&mut reader, &mut out).unwrap();
    Some(out)
}

fn facts<'a>(name: &'a str, bytes: &'a [u8]) -> Facts<'a> {
    let head = &bytes[..bytes.len().min(65_536)];
    Facts { path: name.as_bytes(), stream: b"", size: bytes.len() as u64, head, file_system: None }
}

/// Rows by the parser that claims the file.
fn parse(name: &str, bytes: &[u8]) -> (&'static str, Rows) {
    let facts = facts(name, bytes);
    let parser = PARSERS.iter().find(|p| (p.claims)(&facts) == Claim::Yes).unwrap_or_else(|| panic!("{name} is not claimed"));
    let mut rows = Rows::default();
    let data = MemorySource(bytes.to_vec());
    let companions = vec![None; parser.companions.len()];
    (parser.parse)(&Input { facts, data: &data, companions: &companions }, &mut rows).unwrap();
    (parser.name, rows)
}

#[test]
fn recycle_bin() {
    // Values by plaso's tests.
    for (name, path, time, size) in [
        ("$I103S5F.jpg", r"C:\\Users\\random\\Downloads\\bunnies.jpg", "2016-06-29T21:37:45.618Z", 222_255),
        ("$II3DF3L.zip", r"C:\\Users\\nfury\\Documents\\Alloy Research\\StarFury.zip", "2012-03-12T20:49:58.633Z", 724_919),
    ] {
        let Some(bytes) = read(&format!("recycle-bin/{name}")) else { return };
        let (parser, rows) = parse(name, &bytes);
        assert_eq!((parser, rows.events.len()), ("recycle_bin", 1));
        let row = &rows.events[0];
        for part in [format!("object=\"{path}\""), format!(" {time}/"), format!("\"size\":{size}")] {
            assert!(row.contains(&part), "{row}: {part}");
        }
    }
}

#[test]
fn change_journal() {
    let Some(bytes) = read("ntfs-metadata/UsnJrnl.raw") else { return };
    let (parser, rows) = parse("UsnJrnl.raw", &bytes);
    assert_eq!((parser, rows.events.len(), rows.findings.len()), ("usn_journal", 19, 0));
    assert!(rows.events[0].starts_with("created journal 2015-11-30T21:15:27.203125Z/"), "{}", rows.events[0]);
}

#[test]
fn master_file_table() {
    let Some(bytes) = read("ntfs-metadata/MFT.xz") else { return };
    let (parser, rows) = parse("MFT", &bytes);
    assert_eq!(parser, "mft");
    let mut records = std::collections::BTreeMap::new();
    for row in &rows.events {
        let record = row.split("\"record\":").nth(1).unwrap().split(',').next().unwrap();
        let live = row.contains(" live ");
        assert_eq!(*records.entry(record.to_owned()).or_insert(live), live);
    }
    println!("{} rows, {} records, findings {:?}", rows.events.len(), records.len(), rows.findings);
    // 13068 records, 11839 in use; those that continue another give no row of their own.
    let whole = bytes.chunks(1024).filter(|r| r.starts_with(b"FILE"));
    let own: Vec<bool> = whole.filter(|r| r[32..40] == [0; 8]).map(|r| r[22] & 1 != 0).collect();
    assert_eq!(records.len(), own.len());
    assert_eq!(records.values().filter(|l| **l).count(), own.iter().filter(|l| **l).count());
}

#[test]
fn single_records() {
    for (name, part) in [
        ("entry_single_file", "object=\"$Orphans/test_cfuncs.py\""),
        ("entry_102130_fixup_issue", "finding checksum-mismatch x1"),
        ("entry_data_run_at_offset", "finding missing-companion x1"),
        ("entry_multiple_index_root_entries", "\"record\":"),
        ("entry_long_name_and_res_ads_002", "\"record\":"),
    ] {
        let Some(bytes) = read(&format!("ntfs-metadata/{name}")) else { return };
        let (parser, rows) = parse(name, &bytes);
        assert_eq!(parser, "mft", "{name}");
        assert!(rows.text().contains(part), "{name}: {}", rows.text());
    }
}

/// Name of the profile, rows, unread and blank lines.
fn log(name: &str) -> Option<(String, u32, u64, u64, Batch)> {
    let bytes = read(name)?;
    let builtin = Profiles::builtin();
    let all: Vec<&Profile> = builtin.all().iter().collect();
    let (index, _) = detect(&facts(name, &bytes), &all)?;
    let mut batch = Batch::new(Table::Event);
    let mut unread = Unread::default();
    LineParser::new(all[index]).block(0, 0, &bytes, &mut batch, &mut unread);
    Some((all[index].name().to_owned(), batch.rows, unread.total(), unread.blank, batch))
}

#[test]
fn web_logs() {
    if evidence().is_none() {
        return;
    }
    for (name, profile, rows, unread) in [
        // plaso reads 14 of 15 lines: one ends within its agent.
        ("logs/web/apache_access.log", "combined", 14, 1),
        ("logs/web/nginx_access.log", "combined", 13, 0),
        ("logs/web/logfile_access_log.0", "combined", 3, 0),
        ("logs/web/logfile_access_log.1", "combined", 1, 0),
        ("logs/web/logfile_bad_access_log.0", "combined", 2, 1),
        ("logs/web/logfile_shop_access_log.0.xz", "nginx", 1000, 0),
        ("logs/web/logfile_cloudflare.json", "json_lines", 1, 0),
    ] {
        let (p, r, u, ..) = log(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!((p.as_str(), r, u), (profile, rows, unread), "{name}");
    }
}

#[test]
fn files_that_are_no_request_logs() {
    let Some(folder) = evidence() else { return };
    let builtin = Profiles::builtin();
    let all: Vec<&Profile> = builtin.all().iter().collect();
    for name in
        ["MANIFEST.md", "logs/web/vsftpd.log", "logs/web/iis6.log", "logs/other/powershell_transcript.txt", "recycle-bin/INFO2"]
    {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        assert_eq!(detect(&facts(name, &bytes), &all), None, "{name}");
    }
}

#[test]
fn hostile_logs() {
    for (name, rows) in [("hostile-synthetic/access-hostile.log.xz", 9), ("hostile-synthetic/deep.jsonl.xz", 0)] {
        let Some(bytes) = read(name) else { return };
        let lines = bytes.split(|b| *b == b'\n').count() - usize::from(bytes.ends_with(b"\n"));
        let builtin = Profiles::builtin();
        for profile in builtin.all() {
            let mut batch = Batch::new(Table::Event);
            let mut unread = Unread::default();
            LineParser::new(profile).block(0, 0, &bytes, &mut batch, &mut unread);
            assert_eq!(u64::from(batch.rows) + unread.total() + unread.blank, lines as u64, "{name} {}", profile.name());
            let of_lines = if profile.name() == "combined" || profile.name() == "json_lines" { rows } else { batch.rows };
            if name.contains("access") == (profile.name() == "combined") {
                assert_eq!(batch.rows, of_lines, "{name} {}", profile.name());
            }
        }
    }
}
