//! A detailed list of seized files: path, bytes and hashes, as CSV.

use super::read_file::{csv_reader, decoded, heading};
use super::record::short;
use super::stated::{digits, hash_kind};
use crate::error::{CaseError, Result};

/// Most rows of one list.
const MOST_ROWS: usize = 500_000;
/// Most bad rows that are named.
const MOST_NAMED: usize = 200;

/// One file of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub line: u64,
    pub path: String,
    pub bytes: Option<u64>,
    /// Of each kind at most one, hex.
    pub hashes: Vec<String>,
}

#[derive(Debug, Default)]
pub struct FileList {
    pub rows: Vec<Listed>,
    /// Lines that cannot be checked, with the reason; the first of them.
    pub bad: Vec<(u64, String)>,
    pub bad_rows: u64,
    /// Code page it was read as.
    pub encoding: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Path,
    Name,
    Bytes,
    Hash,
    Other,
}

/// English and Korean headings of such lists.
fn column(text: &str) -> Column {
    match heading(text).as_str() {
        "path" | "fullpath" | "filepath" | "경로" | "파일경로" | "전체경로" => Column::Path,
        "name" | "filename" | "file" | "파일명" | "파일이름" => Column::Name,
        "bytes" | "size" | "filesize" | "length" | "크기" | "파일크기" | "용량" => Column::Bytes,
        "md5" | "sha1" | "sha256" | "hash" | "hashvalue" | "해시" | "해시값" | "해쉬값" | "md5해시값" | "sha1해시값"
        | "sha256해시값" => Column::Hash,
        _ => Column::Other,
    }
}

pub fn parse(bytes: &[u8]) -> Result<FileList> {
    let (text, encoding) = decoded(bytes);
    let wrong = |e: csv::Error| CaseError::BadRecord(format!("the list is no CSV: {e}"));
    let mut reader = csv_reader(&text);
    let columns: Vec<Column> = reader.headers().map_err(wrong)?.iter().map(column).collect();
    if !columns.iter().any(|c| matches!(c, Column::Path | Column::Name)) {
        return Err(CaseError::BadRecord("the first line of the list names its columns: path, bytes, md5, sha1, sha256".into()));
    }
    let mut list = FileList { encoding, ..FileList::default() };
    for row in reader.records() {
        let row = row.map_err(wrong)?;
        let line = row.position().map_or(0, csv::Position::line);
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        match listed(line, &columns, &row) {
            Ok(_) if list.rows.len() >= MOST_ROWS => {
                return Err(CaseError::BadRecord(format!("the list has more than {MOST_ROWS} files; give it in parts")));
            }
            Ok(file) => list.rows.push(file),
            Err(why) => {
                list.bad_rows += 1;
                if list.bad.len() < MOST_NAMED {
                    list.bad.push((line, why));
                }
            }
        }
    }
    if list.rows.is_empty() && list.bad_rows == 0 {
        return Err(CaseError::BadRecord("the list names no file".into()));
    }
    Ok(list)
}

fn listed(line: u64, columns: &[Column], row: &csv::StringRecord) -> Result<Listed, String> {
    let cells = |wanted: Column| columns.iter().zip(row.iter()).filter(move |(c, cell)| **c == wanted && !cell.trim().is_empty());
    let first = |wanted: Column| cells(wanted).next().map(|(_, cell)| cell.trim());
    let path = match (first(Column::Path), first(Column::Name)) {
        // Some lists give the folder and the name apart, others the name twice.
        (Some(path), Some(name)) if !normal(path).ends_with(&normal(name)) => format!("{path}/{name}"),
        (Some(path), _) | (None, Some(path)) => path.to_owned(),
        (None, None) => return Err("it names no file".into()),
    };
    let bytes = match first(Column::Bytes) {
        None => None,
        Some(text) => {
            let plain: String =
                text.trim_end_matches(['B', 'b']).chars().filter(|c| !c.is_whitespace() && *c != ',' && *c != '_').collect();
            let plain = plain.trim_end_matches("bytes").trim_end_matches("바이트");
            Some(plain.parse().map_err(|_| format!("its size is no number of bytes: {}", short(text)))?)
        }
    };
    let mut hashes: Vec<String> = Vec::new();
    for (_, cell) in cells(Column::Hash) {
        let plain = digits(cell);
        let kind = hash_kind(&plain).filter(|_| plain.bytes().all(|b| b.is_ascii_hexdigit()));
        let kind = kind.ok_or_else(|| format!("{} is no hash of 32, 40 or 64 digits", short(cell)))?;
        if hashes.iter().any(|h| hash_kind(h) == Some(kind) && *h != plain) {
            return Err(format!("it states two different hashes of the kind {kind}"));
        }
        hashes.push(plain);
    }
    hashes.dedup();
    Ok(Listed { line, path, bytes, hashes })
}

/// A path as the case has it: `/` between its parts, without drive, image or leading `/`.
pub fn normal(path: &str) -> String {
    let path = path.replace('\\', "/");
    // Imagers put image, partition and volume before a root in brackets.
    let path = path.rsplit_once("[root]").map_or(path.as_str(), |(_, rest)| rest);
    let drive = path.get(..2).filter(|p| p.ends_with(':') && p.starts_with(|c: char| c.is_ascii_alphabetic()));
    let path = drive.map_or(path, |_| path.get(2..).unwrap_or_default());
    path.split('/').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_as_other_programs_write_them() {
        for (given, plain) in [
            ("C:\\Users\\mira\\plan.docx", "Users/mira/plan.docx"),
            ("/home/mira/./plan.docx", "home/mira/plan.docx"),
            ("disk.E01\\Partition 1 [100MB]\\SYSTEM [NTFS]\\[root]\\Users\\plan.docx", "Users/plan.docx"),
            ("plan.docx", "plan.docx"),
            ("가:/나", "가:/나"),
            ("", ""),
        ] {
            assert_eq!(normal(given), plain, "{given}");
        }
    }

    #[test]
    fn lists_in_two_languages() {
        let md5 = "825ac373aff4d5af610bc445129f317d";
        let english = parse(format!("Path,Size,MD5,SHA-1\n/a/b.txt,\"1,024\",{md5},\n/c.txt,,,\n").as_bytes()).unwrap();
        assert_eq!(english.rows[0], Listed { line: 2, path: "/a/b.txt".into(), bytes: Some(1024), hashes: vec![md5.into()] });
        assert_eq!((english.rows[1].bytes, english.rows[1].hashes.len()), (None, 0));
        let korean = "연번\t파일명\t경로\t크기\t해시값\n1\tb.txt\t/a\t10바이트\t825AC373 AFF4D5AF 610BC445 129F317D\n";
        let (bytes, _, _) = encoding_rs::EUC_KR.encode(korean);
        let korean = parse(&bytes).unwrap();
        assert_eq!(korean.rows, [Listed { line: 2, path: "/a/b.txt".into(), bytes: Some(10), hashes: vec![md5.into()] }]);
        assert_eq!(korean.encoding, "EUC-KR");
    }

    #[test]
    fn bad_rows_are_named_and_the_others_stand() {
        let a = "a".repeat(32);
        let list = parse(format!("path,bytes,md5,hash\na,ten,,\nb,,zz,\nc,,{a},{}\nd,1,,\n,,,{a}\n", "b".repeat(32)).as_bytes())
            .unwrap();
        assert_eq!(list.rows.len(), 1);
        assert_eq!(list.bad.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 4, 6]);
        assert!(parse(b"a,b\n1,2\n").unwrap_err().to_string().contains("names its columns"));
        assert!(parse(b"path\n").unwrap_err().to_string().contains("names no file"));
    }
}
