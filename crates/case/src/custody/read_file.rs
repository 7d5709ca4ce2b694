//! Records of custody out of a file: CSV, JSON of our own shape, or CASE/UCO JSON-LD. docs/custody.md
//! describes them. Nothing is taken from a file of which one record is not right.

use super::record::{CustodyRecord, short};
use super::{Given, MOST_RECORDS, case_uco};
use crate::error::{CaseError, Result};
use ledger::sha256;
use serde_json::{Map, Value};
use std::path::Path;

/// Longest file of records, bytes.
const LONGEST: u64 = 64 << 20;
/// Most bad records that a message names.
const MOST_NAMED: usize = 20;

/// Records as they were read, each with its place in the file, or what is wrong there.
pub(super) type Rows = Vec<(String, Result<CustodyRecord, String>)>;

/// Records of a file, and where they are from.
pub fn read(path: &Path) -> Result<(Vec<CustodyRecord>, Given)> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    read_text(&name, &bounded(path)?)
}

/// The bytes of a file that a person named; refused where it is too long.
pub(super) fn bounded(path: &Path) -> Result<Vec<u8>> {
    let file = std::fs::File::open(path)
        .map_err(|e| if e.kind() == std::io::ErrorKind::NotFound { CaseError::Missing(path.into()) } else { e.into() })?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(file, LONGEST + 1), &mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(CaseError::BadRecord(format!("the file is longer than {} MiB", LONGEST >> 20)));
    }
    Ok(bytes)
}

/// The same of a file's bytes.
pub fn read_text(name: &str, bytes: &[u8]) -> Result<(Vec<CustodyRecord>, Given)> {
    let (text, _) = decoded(bytes);
    let (how, rows) = match text.trim_start().chars().next() {
        Some('{' | '[') => json(&text)?,
        _ => ("csv", csv_rows(&text)?),
    };
    if rows.is_empty() {
        return Err(CaseError::BadRecord("the file holds no record of custody".into()));
    }
    if rows.len() > MOST_RECORDS {
        return Err(CaseError::BadRecord(format!("the file holds {} records; at most {MOST_RECORDS} are taken", rows.len())));
    }
    let mut records = Vec::with_capacity(rows.len());
    let mut wrong = Vec::new();
    for (place, row) in rows {
        match row.and_then(CustodyRecord::checked) {
            // Numbers of records are the case's own: what a file says of them would be of another case.
            Ok(record) => records.push(CustodyRecord { number: 0, supersedes: None, ..record }),
            Err(why) => wrong.push(format!("{place}: {why}")),
        }
    }
    if !wrong.is_empty() {
        let more = wrong.len().saturating_sub(MOST_NAMED);
        wrong.truncate(MOST_NAMED);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        return Err(CaseError::BadRecord(format!("nothing was taken from the file: {}{more}", wrong.join("; "))));
    }
    let file = Some((name.to_owned(), hex::encode(sha256(&[bytes]))));
    Ok((records, Given { how, file }))
}

/// Text as office programs write it: UTF-8 or UTF-16 with their mark, UTF-8, or the Korean code page.
pub(super) fn decoded(bytes: &[u8]) -> (String, &'static str) {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default());
        return (text.into_owned(), encoding.name());
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), "UTF-8");
    }
    let (text, _) = encoding_rs::EUC_KR.decode_without_bom_handling(bytes);
    (text.into_owned(), "EUC-KR")
}

/// The separator of a line of headings: the commonest of comma, semicolon and tab.
pub(super) fn separator(text: &str) -> u8 {
    let head = text.lines().next().unwrap_or_default();
    let count = |c: char| head.matches(c).count();
    let best = [',', ';', '\t'].into_iter().max_by_key(|c| (count(*c), *c == ','));
    best.map_or(b',', |c| c as u8)
}

/// A heading as it is compared: letters and digits in lower case.
pub(super) fn heading(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

pub(super) fn csv_reader(text: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(separator(text)).flexible(true).from_reader(text.as_bytes())
}

fn csv_rows(text: &str) -> Result<Rows> {
    let wrong = |e: csv::Error| CaseError::BadRecord(format!("the file is no CSV: {e}"));
    let mut reader = csv_reader(text);
    let headings: Vec<String> = reader.headers().map_err(wrong)?.iter().map(heading).collect();
    if let Some(unknown) = headings.iter().find(|h| !h.is_empty() && member(h).is_none()) {
        return Err(CaseError::BadRecord(format!("no member of a record of custody is called {}", short(unknown))));
    }
    let mut rows = Rows::new();
    for row in reader.records() {
        let row = row.map_err(wrong)?;
        let place = format!("line {}", row.position().map_or(0, csv::Position::line));
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if row.len() > headings.len() {
            rows.push((place, Err(format!("it has {} cells under {} headings", row.len(), headings.len()))));
            continue;
        }
        let mut members = Map::new();
        for (name, cell) in headings.iter().filter_map(|h| member(h)).zip(row.iter()) {
            let cell = cell.trim();
            if !cell.is_empty() {
                members.insert(name.to_owned(), Value::from(cell));
            }
        }
        rows.push((place, record(&members)));
        if rows.len() > MOST_RECORDS {
            break;
        }
    }
    Ok(rows)
}

/// The member that a heading or key stands for.
fn member(heading: &str) -> Option<&'static str> {
    Some(match heading {
        "item" | "exhibit" | "exhibitnumber" | "evidencenumber" => "item",
        "make" | "manufacturer" => "make",
        "model" => "model",
        "serial" | "serialnumber" => "serial",
        "seal" | "sealnumber" => "seal",
        "holder" | "custodian" => "holder",
        "from" | "start" | "received" => "from",
        "to" | "end" | "released" => "to",
        "place" | "location" => "place",
        "purpose" | "reason" => "purpose",
        "hash" | "hashes" | "md5" | "sha1" | "sha256" => "hashes",
        "statedby" => "stated_by",
        "statedon" => "stated_on",
        "participation" => "participation",
        "participationby" => "participation_by",
        "source" | "evidence" => "source",
        _ => return None,
    })
}

/// A record of members that are texts, numbers or, for hashes, lists.
fn record(members: &Map<String, Value>) -> Result<CustodyRecord, String> {
    let mut r = CustodyRecord::default();
    for (key, value) in members {
        let name = member(&heading(key)).ok_or_else(|| format!("no member is called {}", short(key)))?;
        let text = match value {
            Value::Null => continue,
            Value::String(s) => s.clone(),
            Value::Number(n) => n.to_string(),
            Value::Array(list) if name == "hashes" => {
                list.iter().map(|v| v.as_str().ok_or("a hash is a text")).collect::<Result<Vec<_>, _>>()?.join(" ; ")
            }
            Value::Array(_) | Value::Bool(_) | Value::Object(_) => return Err(format!("{name} is a text")),
        };
        let said = Some(text.clone());
        match name {
            "item" => r.item = text,
            "make" => r.make = said,
            "model" => r.model = said,
            "serial" => r.serial = said,
            "seal" => r.seal = said,
            "holder" => r.holder = text,
            "from" => r.from = text,
            "to" => r.to = said,
            "place" => r.place = said,
            "purpose" => r.purpose = said,
            "hashes" => r.hashes.extend(text.split([';', ',', '|']).map(str::to_owned)),
            "stated_by" => r.stated_by = said,
            "stated_on" => r.stated_on = said,
            "participation" => {
                // "waived:the owner", as on the command line.
                let (what, who) = text.split_once(':').map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
                r.participation = Some(what.to_owned());
                r.participation_by = who.map(str::to_owned).or(r.participation_by);
            }
            "participation_by" => r.participation_by = said,
            _ => r.source = Some(text.parse().map_err(|_| format!("source is the number of evidence, not {}", short(&text)))?),
        }
    }
    Ok(r)
}

/// A list of records, `{"custody": [...]}`, or JSON-LD.
fn json(text: &str) -> Result<(&'static str, Rows)> {
    let value: Value = serde_json::from_str(text).map_err(|e| CaseError::BadRecord(format!("the file is no JSON: {e}")))?;
    let list = match &value {
        Value::Array(list) => list,
        Value::Object(members) => match members.get("custody") {
            Some(Value::Array(list)) => list,
            _ => return Ok(("case-uco", case_uco::records(&value)?)),
        },
        _ => return Err(CaseError::BadRecord("the file is neither a list of records nor JSON-LD".into())),
    };
    if list.iter().any(|v| v.get("@type").is_some()) {
        return Ok(("case-uco", case_uco::records(&value)?));
    }
    let one = |(n, v): (usize, &Value)| {
        let row = v.as_object().ok_or_else(|| "it is no object".to_owned()).and_then(record);
        (format!("record {}", n + 1), row)
    };
    Ok(("json", list.iter().take(MOST_RECORDS + 1).enumerate().map(one).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(text: &str) -> (Vec<CustodyRecord>, &'static str) {
        let (records, given) = read_text("custody", text.as_bytes()).unwrap();
        (records, given.how)
    }

    fn bad(text: &str) -> String {
        read_text("custody", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn csv_and_json_of_the_same_records_are_the_same() {
        let csv = "\u{feff}Item;Serial number;Holder;From;To;Hash;Participation;Source\r\n\
            E-1;X1;\"Officer A; unit 2\";2025-06-24T10:00+09:00;;825ac373aff4d5af610bc445129f317d, 2a6fbd2b9df316f4003e7310e40f934c4991ea5d;waived:the owner;1\r\n\r\n";
        let json = r#"{"custody":[{"item":"E-1","serial":"X1","holder":"Officer A; unit 2","from":"2025-06-24T10:00+09:00","to":null,
            "hashes":["825AC373AFF4D5AF610BC445129F317D","2a6fbd2b9df316f4003e7310e40f934c4991ea5d"],
            "participation":"waived","participation_by":"the owner","source":1}]}"#;
        let (a, b) = (good(csv), good(json));
        assert_eq!((a.1, b.1), ("csv", "json"));
        assert_eq!(a.0, b.0);
        assert_eq!(a.0[0].hashes.len(), 2);
        assert_eq!(a.0[0].participation_by.as_deref(), Some("the owner"));
    }

    #[test]
    fn bad_rows_are_told_by_line_and_nothing_is_taken() {
        let csv = "item,holder,from,to\nE-1,A,2025-06-24T10:00+09:00,\nE-2,,2025-06-24T10:00Z,\n\"E\n3\",B,today,\nE-4,C,2025-06-24T10:00Z,,5\n";
        let said = bad(csv);
        for part in ["line 3: holder is missing", "line 4: from is a time", "line 6: it has 5 cells under 4 headings"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains("line 2"), "{said}");
        assert!(bad("item,colour\nE-1,red\n").contains("colour"));
        assert!(
            bad(r#"[{"item":"E-1","holder":"A","from":"2025-06-24T10:00Z"},{"item":true}, 7]"#)
                .contains("record 2: item is a text")
        );
        assert!(bad("").contains("no record"));
        assert!(bad("{").contains("no JSON"));
        assert!(bad("[]").contains("no record"));
        assert!(bad("{\"a\":1}").contains("no record") || bad("{\"a\":1}").contains("JSON-LD"));
        let many = format!("item,holder,from\n{}", "E-1,,\n".repeat(30));
        assert!(bad(&many).ends_with("and 10 more"), "{}", bad(&many));
    }

    #[test]
    fn the_code_pages_of_office_programs() {
        let text = "item,holder,from\nE-1,수사관,2025-06-24T10:00+09:00\n";
        let (korean, _, _) = encoding_rs::EUC_KR.encode(text);
        let utf16: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        for bytes in [text.as_bytes(), &korean, &utf16] {
            let (records, _) = read_text("custody.csv", bytes).unwrap();
            assert_eq!(records[0].holder, "수사관");
        }
    }
}
