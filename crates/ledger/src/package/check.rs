//! The steps of docs/format.md, "Disclosure packages", in their order.

use super::disclosed::Counter;
use super::{
    ANNEX, BLOCKS, CHECKPOINT, Disclosed, ENTRIES, PackageRange, PackageReport, PackageRow, PackageTable, PackageVerdict,
};
use super::{ROWS, evidence_name, is_package_name};
use crate::{
    Anchor, CaseKeys, Chain, Checkpoint, Entry, Hash, Json, ProofField, RangeProof, Signed, SourceDigests, TreeHead, VerifierKey,
    hex_encode, row_leaf, sha256, source_digests, verify_inclusion, verify_range,
};
use std::collections::{BTreeMap, BTreeSet};

/// What the reader got from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// An older or the same checkpoint.
    pub head: Option<TreeHead>,
    /// The case's key.
    pub key: Option<VerifierKey>,
}

/// Checks a package by its files. Goes on after a fault where it can.
pub fn check_package(files: &BTreeMap<String, Vec<u8>>, trust: &Trust) -> PackageReport {
    let mut report = PackageReport::new();
    for name in files.keys().filter(|name| !is_package_name(name)) {
        report.fault("zip", format!("{name:?} is no file of a package"));
    }
    for name in [CHECKPOINT, ENTRIES, ROWS, BLOCKS].iter().filter(|name| !files.contains_key(**name)) {
        report.fault("zip", format!("{name} is missing"));
    }
    if !report.faults.is_empty() {
        return report;
    }
    let mut check = Check { files, report, left: files.keys().map(String::as_str).collect() };
    let Some(ledger) = check.ledger(trust) else { return check.report };
    let rows = check.rows(&ledger.entries);
    check.disclosure(&ledger, rows);
    check.anchors(&ledger);
    for name in std::mem::take(&mut check.left) {
        if name.starts_with("evidence/") || name.starts_with("anchors/") {
            check.report.fault("zip", format!("nothing in the package speaks of {name}"));
        }
    }
    let outside = trust.head.is_some() || trust.key.is_some();
    if check.report.faults.is_empty() && outside {
        check.report.verdict = PackageVerdict::Verified;
    }
    if !outside {
        let says = "nothing from outside the package was given: consistent is not unchanged";
        check.report.not_covered.insert(0, says.to_owned());
    }
    check.report
}

struct Check<'f> {
    files: &'f BTreeMap<String, Vec<u8>>,
    report: PackageReport,
    /// Files that nothing spoke of yet.
    left: BTreeSet<&'f str>,
}

struct Ledger {
    chain: Chain,
    entries: Vec<Entry>,
}

/// What the rows come to.
struct Rows {
    counter: Counter,
    sources: BTreeMap<(u32, u32), SourceDigests>,
}

impl<'f> Check<'f> {
    fn file(&mut self, name: &str) -> Option<&'f [u8]> {
        self.left.remove(name);
        self.files.get(name).map(Vec::as_slice)
    }

    /// Steps 2 to 4. None where nothing that follows would mean anything.
    fn ledger(&mut self, trust: &Trust) -> Option<Ledger> {
        let checkpoint = match Checkpoint::read(self.file(CHECKPOINT).unwrap_or_default()) {
            Ok(checkpoint) => checkpoint,
            Err(e) => {
                self.report.fault("checkpoint", e.to_string());
                return None;
            }
        };
        self.report.head = Some(checkpoint.head);
        let mut ledger = Ledger { chain: Chain::new(&checkpoint.case), entries: Vec::new() };
        let mut keys = CaseKeys::new(&checkpoint.case);
        let mut last_time = String::new();
        for (position, line) in (0u64..).zip(lines(self.file(ENTRIES).unwrap_or_default())) {
            let Some(entry) = ledger.chain.push(line) else { continue };
            keys.push(position, &entry);
            if entry.head.time < last_time {
                let says = format!("entry {position} says an earlier time than the one before it: the clock ran backwards");
                self.report.notes.push(says);
            }
            last_time.clone_from(&entry.head.time);
            ledger.entries.push(entry);
        }
        self.report.entries = ledger.chain.head().size;
        let mut faults: Vec<(u64, String)> = ledger.chain.faults().iter().map(|f| (f.position, f.to_string())).collect();
        faults.extend(keys.faults().iter().map(|f| (f.entry, f.to_string())));
        faults.sort_by_key(|(position, _)| *position);
        for (position, says) in faults {
            self.report.fault(format!("entry {position}"), says);
        }
        if ledger.chain.compare(&checkpoint) != Anchor::Holds || ledger.chain.head().size != checkpoint.head.size {
            self.report.fault("checkpoint", "it is not over these entries: some are missing, or one was changed");
        }
        self.signatures(&checkpoint, &keys, trust);
        if let Some(kept) = trust.head {
            match ledger.chain.compare_head(&kept) {
                Anchor::Holds => self.report.notes.push(format!(
                    "the first {} entries are those of the checkpoint kept elsewhere; {} came later",
                    kept.size,
                    ledger.chain.head().size.saturating_sub(kept.size)
                )),
                _ => self.report.fault("checkpoint", "the case did not grow from the checkpoint kept elsewhere"),
            }
        }
        // With an unreadable entry the numbers of all that follow are another's.
        (ledger.entries.len() as u64 == ledger.chain.head().size).then_some(ledger)
    }

    fn signatures(&mut self, checkpoint: &Checkpoint, keys: &CaseKeys, trust: &Trust) {
        match keys.judge(checkpoint) {
            Signed::ByCase(by) => {
                let by: Vec<String> = by.iter().map(ToString::to_string).collect();
                self.report.notes.push(format!("the checkpoint is signed by the case's key {}", by.join(", ")));
            }
            Signed::NoKey => {
                let says = "the case has no key: the checkpoint is unsigned, and rests on a copy kept elsewhere";
                self.report.not_covered.push(says.to_owned());
            }
            Signed::NotByCase => self.report.fault("checkpoint", "it is not signed by the case's key"),
            Signed::Forged { line, name } => {
                self.report.fault("checkpoint", format!("signature line {line} names {name} and is not its signature"));
            }
        }
        let named = |key: &VerifierKey| checkpoint.signatures.iter().filter(|line| key.is_named_by(line)).collect::<Vec<_>>();
        if let Some(key) = &trust.key
            && (named(key).is_empty() || !named(key).iter().all(|line| key.signed(checkpoint, line)))
        {
            self.report.fault("checkpoint", format!("it is not signed by the key given, {key}"));
        }
    }

    /// Step 5.
    fn rows(&mut self, entries: &[Entry]) -> Rows {
        let mut rows = Rows { counter: Counter::default(), sources: BTreeMap::new() };
        let mut last = None;
        for (number, line) in (1u64..).zip(lines(self.file(ROWS).unwrap_or_default())) {
            self.report.rows = number;
            let unnamed = format!("rows.jsonl line {number}");
            let json = match Json::read(line) {
                Ok(json) => json,
                Err(e) => {
                    self.report.fault(unnamed, e.to_string());
                    continue;
                }
            };
            let Some(key @ (import, table, row)) = PackageRow::place_in(&json) else {
                self.report.fault(unnamed, "it does not tell import, table and row");
                continue;
            };
            let place = format!("import {import} {} row {row}", table.name());
            let read = PackageRow::read(&json).map_err(|name| format!("{name} is missing or wrong"));
            if let Err(says) = read.and_then(|row| self.row(&row, entries, &mut rows)) {
                self.report.fault(place, says);
            } else if Some(key) <= last {
                self.report.fault(place, "not in rising order, or there twice");
            }
            last = Some(key).max(last);
        }
        rows
    }

    fn row(&mut self, row: &PackageRow, entries: &[Entry], rows: &mut Rows) -> Result<(), String> {
        let (import, table, number) = row.place().ok_or("of no table of a package")?;
        if row.row.tag != *table.tag() || row.row.fields.len() != 4 {
            return Err("a row of another form".into());
        }
        if crate::header_spans(&row.row.tag, &row.row.header).is_none() {
            return Err("its header does not hold what its table requires".into());
        }
        let entry = usize::try_from(row.entry).ok().and_then(|seq| entries.get(seq)).ok_or("its entry is not there")?;
        if entry.head.kind != "import.seal" && table != PackageTable::Statement {
            return Err("its entry seals no import".into());
        }
        let outputs = entry.get("outputs").and_then(Json::as_list).unwrap_or_default();
        let (head, index) = row.output(outputs).ok_or("its entry does not name one root for its table and import")?;
        let mut commitments = Vec::with_capacity(4);
        for (n, field) in (0u8..).zip(&row.row.fields) {
            commitments.push(field.commitment(n).ok_or("a field that is no value")?);
        }
        if row.row.fields.iter().skip(table.fields().len()).any(|f| matches!(f, ProofField::Masked(_))) {
            return Err("a field without a name is masked".into());
        }
        let leaf = row_leaf(&row.row.tag, import, number, &row.row.header, &commitments);
        let masked = row.row.fields.iter().enumerate().filter(|(_, f)| matches!(f, ProofField::Masked(_))).map(|(n, _)| n);
        rows.counter.row((import, table), row.entry, head.size, &leaf, masked);
        if !verify_inclusion(&leaf, index, &row.row.path, &head) {
            return Err(format!("it is not under the root in entry {}", row.entry));
        }
        if table == PackageTable::Source
            && let (Ok(source), Some(digests)) = (u32::try_from(number), source_digests(&row.row.header))
        {
            rows.sources.insert((import, source), digests);
        }
        Ok(())
    }

    /// Steps 6 and 7.
    fn disclosure(&mut self, ledger: &Ledger, mut rows: Rows) {
        let mut last = None;
        for (number, line) in (1u64..).zip(lines(self.file(BLOCKS).unwrap_or_default())) {
            let unnamed = format!("blocks.jsonl line {number}");
            let json = match Json::read(line) {
                Ok(json) => json,
                Err(e) => {
                    self.report.fault(unnamed, e.to_string());
                    continue;
                }
            };
            let Some(key @ (import, source, first_block)) = PackageRange::place_in(&json) else {
                self.report.fault(unnamed, "it does not tell import, source and first block");
                continue;
            };
            let place = format!("import {import} source {source} block {first_block}");
            let data = self.file(&evidence_name(import, source, first_block));
            let read = PackageRange::read(&json).map_err(|name| format!("{name} is missing or wrong"));
            let held = read.and_then(|range| {
                let data = data.ok_or("its bytes are not in the package")?;
                rows.counter.range(&range, &sha256(&[data]));
                range_holds(range, data, &rows.sources)
            });
            if let Err(says) = held {
                self.report.fault(place, says);
            } else if Some(key) <= last {
                self.report.fault(place, "not in rising order, or there twice");
            }
            last = Some(key).max(last);
        }
        let annex = self.file(ANNEX).map(|bytes| sha256(&[bytes]));
        let found = rows.counter.disclosed(annex);
        let last = ledger.entries.last().filter(|e| e.head.kind == "disclose");
        let said = last.and_then(|e| e.get("disclosed")).and_then(Disclosed::read);
        match said {
            None => self.report.fault("disclosure", "the last entry is not of a disclosure, or does not say what was disclosed"),
            Some(said) => self.compare(&said, &found, &ledger.entries),
        }
    }

    fn compare(&mut self, said: &Disclosed, found: &Disclosed, entries: &[Entry]) {
        for ((import, table), t) in &said.rows {
            let here = found.rows.get(&(*import, *table)).copied().unwrap_or_default();
            if (here.shown, here.of) != (t.shown, t.of) || t.shown.saturating_add(t.hidden) > t.of {
                let says = format!(
                    "of import {import} table {} it says {} of {} rows, {} hidden, and the package has {} of {}",
                    table.name(),
                    t.shown,
                    t.of,
                    t.hidden,
                    here.shown,
                    here.of
                );
                self.report.fault("disclosure", says);
            }
            if *table != PackageTable::Statement && *table != PackageTable::Source {
                let says = format!("{} of {} rows of import {import} table {} are shown", t.shown, t.of, table.name());
                self.report.not_covered.push(format!("{says}; {} that were asked for are hidden", t.hidden));
            }
        }
        if found.rows.keys().any(|key| !said.rows.contains_key(key)) {
            self.report.fault("disclosure", "rows are shown that it does not speak of");
        }
        if said.root != found.root {
            self.report.fault("disclosure", "rows were added, dropped or changed: they do not hash to its root");
        }
        if said.masked != found.masked {
            self.report.fault("disclosure", "the masked fields are not those it counts");
        }
        for (name, n) in &found.masked {
            self.report.not_covered.push(format!("{n} fields {name} are masked"));
        }
        if said.blocks != found.blocks {
            self.report.fault("disclosure", "the evidence shown is not what it lists");
        }
        if said.annex != found.annex {
            self.report.fault("disclosure", "the annex is not the one it names");
        }
        let shown: BTreeSet<u32> = said.rows.keys().map(|(import, _)| *import).collect();
        for entry in entries.iter().filter(|e| e.head.kind == "import.seal") {
            let import = entry.get("params").and_then(|p| p.get("import")).and_then(Json::as_int);
            if let Some(import) = import.and_then(|n| u32::try_from(n).ok()).filter(|n| !shown.contains(n)) {
                self.report.not_covered.push(format!("no row of import {import} is shown"));
            }
        }
    }

    /// Step 8.
    fn anchors(&mut self, ledger: &Ledger) {
        for entry in ledger.entries.iter().filter(|e| e.head.kind == "anchor") {
            let seq = entry.head.seq;
            if let Err(says) = self.anchor(seq, entry, ledger) {
                self.report.fault(format!("anchor {seq}"), says);
            }
        }
    }

    fn anchor(&mut self, seq: u64, entry: &Entry, ledger: &Ledger) -> Result<(), String> {
        let anchor = entry.get("anchor").ok_or("its entry does not say what it is")?;
        let mut parts = Vec::new();
        for (file, name) in [("note", "note"), ("token.tsr", "token"), ("chain.pem", "chain")] {
            let bytes = self.file(&format!("anchors/{seq}/{file}"));
            let said = anchor.get(name).and_then(Json::as_hash);
            if bytes.map(|b| sha256(&[b])) != said {
                return Err(format!("its {file} is not the one its entry names"));
            }
            parts.push(bytes);
        }
        let [note, token, _] = parts[..] else { return Err("its parts".into()) };
        let note = note.ok_or("its note is missing")?;
        let checkpoint = Checkpoint::read(note).map_err(|e| e.to_string())?;
        let size = anchor.get("size").and_then(Json::as_big);
        if size != Some(checkpoint.head.size) || ledger.chain.compare(&checkpoint) != Anchor::Holds {
            return Err("it is not over the first entries of this case".into());
        }
        let kept = checkpoint.head.size;
        match anchor.get("kind").and_then(Json::as_text) {
            Some("note") => {
                self.report.notes.push(format!("anchor {seq}: a checkpoint of {kept} entries came back from outside"))
            }
            Some("rfc3161") => {
                if !token.is_some_and(|token| stamps(token, &sha256(&[note]))) {
                    return Err("its token stamps something else".into());
                }
                let time = anchor.get("time").and_then(Json::as_text).unwrap_or("an unknown time");
                self.report.not_covered.push(format!(
                    "anchor {seq}: the time stamp says that {kept} entries existed at {time}; whether an authority signed it is checked by `casebook verify` or `openssl ts -verify`"
                ));
            }
            _ => return Err("it is of no kind that is known".into()),
        }
        Ok(())
    }
}

/// Whether a time-stamp token holds this SHA-256 as its imprint: the DER of the algorithm, with NULL
/// parameters or none, and of the octets. Source: RFC 3161 2.4.1.
fn stamps(token: &[u8], digest: &Hash) -> bool {
    const SHA256: [u8; 11] = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    let imprint = |length: u8, parameters: &[u8]| [&[0x30, length], &SHA256[..], parameters, &[0x04, 0x20], digest].concat();
    [imprint(11, &[]), imprint(13, &[5, 0])].iter().any(|der| token.windows(der.len()).any(|w| w == der))
}

fn range_holds(range: PackageRange, data: &[u8], sources: &BTreeMap<(u32, u32), SourceDigests>) -> Result<(), String> {
    let digests = sources.get(&(range.import, range.source)).ok_or("the row of its source is not shown, or does not hold")?;
    let root = digests.blocks_root.ok_or("its source has no block tree")?;
    if data.len() as u64 != range.length || range.bytes != digests.bytes {
        return Err("its length is not that of its source".into());
    }
    let proof = RangeProof { bytes: range.bytes, first_block: range.first_block, data: data.to_vec(), path: range.path };
    let held = verify_range(&proof, digests.bytes, &root);
    held.map(drop).ok_or_else(|| format!("the bytes are not those under root {}", hex_encode(&root)))
}

/// Lines that each end with a line feed; what follows the last is a line too.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.strip_suffix(b"\n").map_or(Some(text).filter(|t| !t.is_empty()), Some).into_iter().flat_map(|t| t.split(|b| *b == b'\n'))
}
