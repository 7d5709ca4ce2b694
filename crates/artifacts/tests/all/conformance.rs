//! Every parser against its sample folder: golden rows, truth from other tools, and damage.

use crate::generated;
use crate::rows::{Rows, time};
use artifacts::log::{LineParser, Profile, Profiles, Unread, candidates, detect};
use artifacts::{Claim, Facts, Input, PARSERS, Parser};
use model::{Action, ByteSource, MemorySource, Stop};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

pub fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/parsers")
}

struct Sample {
    /// Path within the sample folder, without `.gz`.
    path: String,
    bytes: Vec<u8>,
}

fn load(folder: &Path) -> Vec<Sample> {
    let mut out = Vec::new();
    for file in generated::files(folder) {
        let path = file.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        if path.starts_with("golden/") || path.starts_with("truth") {
            continue;
        }
        let raw = std::fs::read(&file).unwrap();
        match path.strip_suffix(".gz") {
            Some(plain) => {
                let mut bytes = Vec::new();
                flate2::read::GzDecoder::new(raw.as_slice()).read_to_end(&mut bytes).unwrap();
                out.push(Sample { path: plain.to_owned(), bytes });
            }
            None => out.push(Sample { path, bytes: raw }),
        }
    }
    out
}

fn facts<'a>(path: &'a str, bytes: &'a [u8]) -> Facts<'a> {
    let head = &bytes[..bytes.len().min(65_536)];
    Facts { path: path.as_bytes(), stream: b"", size: bytes.len() as u64, head, file_system: None }
}

/// Parsers that read by a profile.
const LOGS: [u16; 4] = [5, 6, 7, 8];

/// Logs have more samples than other files, and tests of damage of their own.
fn is_log(parser: &Parser) -> bool {
    LOGS.contains(&parser.id)
}

/// Logs are found by their profile; other parsers claim their files.
fn claims(parser: &Parser, facts: &Facts<'_>) -> Claim {
    if !LOGS.contains(&parser.id) {
        return (parser.claims)(facts);
    }
    let builtin = Profiles::builtin();
    let all: Vec<&Profile> = builtin.all().iter().collect();
    let best = candidates(facts, &all).into_iter().next();
    let found = best.is_some_and(|c| all[c.profile].parser_of(c.layout.framing).id == parser.id);
    if found { Claim::Yes } else { Claim::No }
}

fn run(parser: &Parser, path: &str, bytes: &[u8], others: &[Sample]) -> (Rows, Option<String>) {
    let data = MemorySource(bytes.to_vec());
    let companions: Vec<Option<MemorySource>> = parser
        .companions
        .iter()
        .map(|c| {
            let wanted = (c.path)(path.as_bytes())?;
            let found = others.iter().find(|s| s.path.as_bytes() == wanted)?;
            Some(MemorySource(found.bytes.clone()))
        })
        .collect();
    let companions: Vec<Option<&dyn ByteSource>> = companions.iter().map(|c| c.as_ref().map(|s| s as &dyn ByteSource)).collect();
    let mut rows = Rows::default();
    let input = Input { facts: facts(path, bytes), data: &data, companions: &companions };
    let stop = match (parser.parse)(&input, &mut rows) {
        Ok(()) => None,
        Err(Stop::Damaged(e)) => Some(e.to_string()),
        Err(e) => panic!("{path}: {e}"),
    };
    (rows, stop)
}

/// `file_times` reads entries of a walk, not files; the `$MFT` sample goes through it.
fn parsers() -> impl Iterator<Item = (&'static Parser, PathBuf)> {
    PARSERS.iter().filter(|p| p.id != 1).map(|p| (*p, samples().join(p.name)))
}

#[test]
fn every_sample_gives_its_golden_rows() {
    let write = std::env::var("CASEBOOK_GOLDEN").is_ok_and(|v| v == "write");
    for (parser, folder) in parsers() {
        let all = load(&folder);
        let mut read = 0;
        for sample in &all {
            if claims(parser, &facts(&sample.path, &sample.bytes)) == Claim::No {
                continue;
            }
            read += 1;
            let (rows, stop) = run(parser, &sample.path, &sample.bytes, &all);
            assert_eq!(stop, None, "{}", sample.path);
            let file = folder.join("golden").join(format!("{}.txt", sample.path.replace('/', "_")));
            if write {
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::write(&file, rows.text()).unwrap();
            }
            let golden = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            assert_eq!(rows.text(), golden, "{}", file.display());
        }
        assert!(read > 0, "{} has no sample", parser.name);
    }
}

/// A fixed sequence (xorshift).
pub struct Seed(pub u64);

impl Seed {
    pub fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

/// Where the spans of a row lie, by its text: `@offset+length`.
fn spans(row: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    row.split(" @").skip(1).filter_map(|s| {
        let (offset, length) = s.split_once('+')?;
        let offset: usize = offset.parse().ok()?;
        Some((offset, offset + length.parse::<usize>().ok()?))
    })
}

#[test]
fn no_cut_is_silent() {
    for (parser, folder) in parsers() {
        let all = load(&folder);
        for sample in all.iter().filter(|s| claims(parser, &facts(&s.path, &s.bytes)) != Claim::No) {
            let (whole, _) = run(parser, &sample.path, &sample.bytes, &all);
            let n = sample.bytes.len();
            let mut seed = Seed(0xC0FF_EE00 + n as u64);
            let mut cuts: BTreeSet<usize> = (0..120).map(|_| seed.next(n)).collect();
            cuts.extend(0..n.min(40));
            for cut in cuts {
                let bytes = &sample.bytes[..cut];
                if claims(parser, &facts(&sample.path, bytes)) == Claim::No {
                    continue;
                }
                let (rows, stop) = run(parser, &sample.path, bytes, &all);
                let through = whole.events.iter().any(|e| spans(e).any(|(from, to)| from < cut && cut < to));
                let marked = rows.events.last().is_some_and(|e| e.contains("no_line_end"));
                let told = marked || !rows.findings.is_empty() || stop.is_some();
                assert!(told || !through || rows.events.len() == whole.events.len(), "{} cut at {cut} is silent", sample.path);
                assert!(rows.events.iter().flat_map(|e| spans(e)).all(|(_, to)| to <= cut), "{} cut at {cut}", sample.path);
            }
        }
    }
}

#[test]
fn no_flip_breaks_a_parser() {
    for (parser, folder) in parsers() {
        let all = load(&folder);
        for sample in all.iter().filter(|s| claims(parser, &facts(&s.path, &s.bytes)) != Claim::No) {
            let mut seed = Seed(0xBAD5_EED0 + sample.bytes.len() as u64);
            let busy: Vec<usize> = (0..sample.bytes.len()).filter(|i| sample.bytes[*i] != 0).collect();
            for _ in 0..if is_log(parser) { 20 } else { 150 } {
                let mut bytes = sample.bytes.clone();
                for _ in 0..=seed.next(6) {
                    let at = busy[seed.next(busy.len())];
                    bytes[at] = match seed.next(3) {
                        0 => bytes[at] ^ (1 << seed.next(8)),
                        1 => 0xFF,
                        _ => seed.next(256) as u8,
                    };
                }
                if claims(parser, &facts(&sample.path, &bytes)) == Claim::No {
                    continue;
                }
                let (rows, stop) = run(parser, &sample.path, &bytes, &all);
                let said = rows.events.len() + rows.findings.len() + usize::from(stop.is_some());
                assert!(said > 0, "{} fell silent", sample.path);
            }
        }
    }
}

#[test]
fn a_damaged_log_loses_no_line() {
    let builtin = Profiles::builtin();
    for folder in ["web_access_log", "json_lines_log"] {
        for sample in load(&samples().join(folder)) {
            let mut seed = Seed(sample.bytes.len() as u64);
            for _ in 0..20 {
                let mut bytes = sample.bytes.clone();
                let cut = seed.next(bytes.len());
                bytes.truncate(cut);
                for _ in 0..4 {
                    if let Some(b) = bytes.get_mut(seed.next(cut)) {
                        *b = seed.next(256) as u8;
                    }
                }
                let lines = bytes.split(|b| *b == b'\n').count() - usize::from(bytes.is_empty() || bytes.ends_with(b"\n"));
                for profile in builtin.all() {
                    let mut batch = model::Batch::new(model::Table::Event);
                    let mut unread = Unread::default();
                    LineParser::new(profile).block(0, 7, &bytes, &mut batch, &mut unread);
                    assert_eq!(u64::from(batch.rows) + unread.total() + unread.blank, lines as u64);
                }
            }
        }
    }
}

#[test]
fn blocks_may_be_cut_at_any_line() {
    let builtin = Profiles::builtin();
    let profile = builtin.all().iter().find(|p| p.name() == "combined").unwrap();
    let sample = load(&samples().join("web_access_log")).into_iter().find(|s| s.path == "hostile.log").unwrap();
    let mut whole = (model::Batch::new(model::Table::Event), Unread::default());
    LineParser::new(profile).block(3, 0, &sample.bytes, &mut whole.0, &mut whole.1);
    let mut pieces = (model::Batch::new(model::Table::Event), Unread::default());
    let mut parser = LineParser::new(profile);
    let mut at = 0;
    let mut parts = Vec::new();
    for line in sample.bytes.split_inclusive(|b| *b == b'\n') {
        let mut unread = Unread::default();
        parser.block(3, at, line, &mut pieces.0, &mut unread);
        parts.push(unread);
        at += line.len() as u64;
    }
    // The order in which the parts come together does not matter.
    for part in parts.into_iter().rev() {
        pieces.1.merge(part);
    }
    assert_eq!(whole.0.buffer, pieces.0.buffer);
    assert_eq!(whole.1, pieces.1);
}

#[test]
fn gateway_samples_give_the_counts_of_their_truth() {
    for shape in ["combined", "jsonl"] {
        generated::check(&samples().join("gateway").join(shape));
    }
}

/// Rows of a truth table, each by the names of its first line.
fn truth(file: &Path) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split('\t').collect();
    lines.map(|l| names.iter().map(|n| (*n).to_owned()).zip(l.split('\t').map(str::to_owned)).collect()).collect()
}

#[test]
fn access_logs_agree_with_regular_expressions() {
    let builtin = Profiles::builtin();
    for name in ["common", "combined", "vhost_combined", "nginx"] {
        let folder = samples().join("web_access_log");
        let bytes = std::fs::read(folder.join(format!("{name}.log"))).unwrap();
        let all: Vec<&Profile> = builtin.all().iter().collect();
        let (index, confidence) = detect(&facts("x.log", &bytes), &all).unwrap();
        assert_eq!((all[index].name(), confidence), (name, 100));
        let mut batch = model::Batch::new(model::Table::Event);
        LineParser::new(all[index]).block(0, 0, &bytes, &mut batch, &mut Unread::default());
        let truth = truth(&folder.join("truth").join(format!("{name}.tsv")));
        assert_eq!(batch.rows as usize, truth.len());
        for ((header, [actor, object, ..], row), t) in crate::rows::decoded(&batch).zip(&truth) {
            let (q, _) = row.request().unwrap().unwrap();
            let text = |b: Option<&[u8]>| b.map_or("-".to_owned(), |b| String::from_utf8(b.to_vec()).unwrap());
            assert_eq!(text(q.address), t["address"]);
            assert_eq!(text(actor.as_bytes()), t["user"]);
            assert_eq!((header.at.unwrap().micros / 1_000_000).to_string(), t["epoch"]);
            assert_eq!((text(q.method), text(object.as_bytes())), (t["method"].clone(), t["target"].clone()));
            assert_eq!(q.status.unwrap().to_string(), t["status"]);
            assert_eq!(q.bytes.map_or("-".to_owned(), |b| b.to_string()), t["bytes"]);
            assert_eq!(text(q.agent), t["agent"]);
        }
    }
}

#[test]
fn the_change_journal_has_every_record_that_was_written() {
    let folder = samples().join("usn_journal");
    let all = load(&folder);
    let (rows, _) = run(&artifacts::windows::usn_journal::PARSER, &all[0].path, &all[0].bytes, &all);
    let truth = truth(&folder.join("truth.tsv"));
    assert_eq!(rows.events.len(), truth.len());
    for (row, t) in rows.events.iter().zip(&truth) {
        assert!(row.contains(&format!("object=\"{}\"", t["name"])), "{row}");
        assert!(row.contains(&format!("\"usn\":{}", t["offset"])), "{row}");
        assert_eq!(spans(row).next().unwrap().0.to_string(), t["offset"]);
        let at = model::Moment::from_filetime(t["filetime"].parse().unwrap()).unwrap();
        assert!(row.contains(&time(&at)), "{row}");
    }
    let names: Vec<Action> = rows.actions[..9].to_vec();
    use Action::*;
    assert_eq!(names, [Created, Modified, Closed, Renamed, Renamed, Closed, Changed, Deleted, Changed]);
}

#[test]
fn the_table_agrees_with_the_sleuth_kit() {
    let folder = samples().join("mft");
    let all = load(&folder);
    let (rows, _) = run(&artifacts::windows::mft::PARSER, &all[0].path, &all[0].bytes, &all);
    // (path, stamp) -> seconds
    let mut ours: BTreeMap<(String, String), BTreeSet<i64>> = BTreeMap::new();
    for row in &rows.events {
        let path = row.split("object=\"").nth(1).unwrap().split('"').next().unwrap();
        let at: jiff::Timestamp =
            row.split_whitespace().find_map(|w| w.split_once('/').and_then(|(t, _)| t.parse().ok())).unwrap();
        let stamps = row.split("\"stamps\":[").nth(1).unwrap().split(']').next().unwrap();
        for s in stamps.split(',') {
            let seconds = at.as_microsecond().div_euclid(1_000_000);
            ours.entry((path.to_owned(), s.trim_matches('"').to_owned())).or_default().insert(seconds);
        }
    }
    const UNSET: i64 = 3_373_865_674;
    let mut compared = 0;
    for t in truth(&folder.join("truth.tsv")) {
        let name = &t["path"];
        // The kit lists streams and its own virtual folder too, and marks deleted names.
        if name.contains("$OrphanFiles") || name.contains(':') || name.is_empty() {
            continue;
        }
        let (path, _) = name.split_once(" (deleted").unwrap_or((name, ""));
        for (stamp, column) in
            [("modified", "modified"), ("accessed", "accessed"), ("changed", "changed"), ("created", "created")]
        {
            let seconds: i64 = t[column].parse().unwrap();
            let own = ours.get(&(path.to_owned(), stamp.to_owned()));
            // The kit shows a time that is not set as the year 1601, cut to 32 bits.
            if seconds == UNSET {
                assert_eq!(own, None);
                continue;
            }
            assert!(own.is_some_and(|s| s.contains(&seconds)), "{path} {stamp}: {seconds}, ours {own:?}");
            compared += 1;
        }
    }
    println!("{compared} times agree");
    assert!(compared > 200);
}
