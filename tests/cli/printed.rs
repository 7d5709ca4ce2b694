//! The printable head, read back by a reader of our own: its text and its QR code.

use crate::cli::laptop_case;
use crate::support::{Bench, text};
use std::fs;

/// What a sheet shows: each text run by font, and the filled rectangles (x, y, width).
#[derive(Default)]
struct Shown {
    text: String,
    squares: Vec<(f32, f32, f32)>,
}

/// Reads the streams of a file as this program writes them: not compressed, one operator a line.
fn read(pdf: &[u8]) -> Vec<Shown> {
    let find = |from: usize, what: &[u8]| pdf[from..].windows(what.len()).position(|w| w == what).map(|at| from + at);
    let (mut sheets, mut at) = (Vec::new(), 0);
    while let Some(start) = find(at, b"\nstream\n") {
        let end = find(start, b"\nendstream").expect("an end");
        sheets.push(sheet(&pdf[start + 8..end]));
        at = end;
    }
    sheets
}

fn sheet(content: &[u8]) -> Shown {
    let mut shown = Shown::default();
    let mut font = String::new();
    for line in content.split(|b| *b == b'\n') {
        if let Some(string) = line.strip_suffix(b" Tj") {
            let bytes = string_of(string);
            if font == "/K1" {
                let units: Vec<u16> = bytes.chunks(2).map(|p| u16::from_be_bytes([p[0], p[1]])).collect();
                shown.text.push_str(&String::from_utf16(&units).expect("UTF-16"));
            } else {
                shown.text.extend(bytes.iter().map(|b| char::from(*b)));
            }
            continue;
        }
        let line = std::str::from_utf8(line).expect("an operator");
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            [name, _, "Tf"] => font = name.to_owned(),
            ["ET"] => shown.text.push('\n'),
            [x, y, width, _, "re"] => {
                let number = |s: &str| s.parse::<f32>().expect("a number");
                shown.squares.push((number(x), number(y), number(width)));
            }
            _ => {}
        }
    }
    shown
}

fn string_of(written: &[u8]) -> Vec<u8> {
    if let Some(digits) = written.strip_prefix(b"<").and_then(|s| s.strip_suffix(b">")) {
        return hex::decode(digits).expect("hexadecimal");
    }
    let inside = written.strip_prefix(b"(").and_then(|s| s.strip_suffix(b")")).expect("a string");
    let mut out = Vec::new();
    let mut bytes = inside.iter();
    while let Some(b) = bytes.next() {
        out.push(if *b == b'\\' { *bytes.next().expect("an escape") } else { *b });
    }
    out
}

/// What the QR code says, by a decoder that is not the encoder.
fn qr_of(squares: &[(f32, f32, f32)]) -> String {
    let module = squares[0].2;
    let left = squares.iter().map(|s| s.0).fold(f32::MAX, f32::min);
    let top = squares.iter().map(|s| s.1).fold(f32::MIN, f32::max);
    let cell = |s: &(f32, f32, f32)| (((s.0 - left) / module).round() as usize, ((top - s.1) / module).round() as usize);
    let dark: std::collections::BTreeSet<(usize, usize)> = squares.iter().map(cell).collect();
    let width = dark.iter().map(|(x, _)| x + 1).max().expect("a code");
    let grid = rqrr::Grid::new(rqrr::SimpleGrid::from_func(width, |x, y| dark.contains(&(x, y))));
    grid.decode().expect("a QR code").1
}

fn case() -> Bench {
    let evidence = laptop_case();
    let paths: Vec<_> = evidence.iter().map(|p| p.as_path()).collect();
    Bench::with(&paths)
}

#[test]
fn the_sheet_says_what_the_case_is() {
    let bench = case();
    let sealed = bench.on("seal", &["--pdf", "en.pdf", "--json"]).good().json();
    bench.on("seal", &["--pdf", "ko.pdf", "--lang", "ko"]).good();
    bench.on("seal", &["--pdf", "again.pdf", "--lang", "en"]).good();
    let [english, korean, again] = ["en.pdf", "ko.pdf", "again.pdf"].map(|f| fs::read(bench.path(f)).unwrap());
    assert_eq!(english, again, "the same case gives the same bytes");
    let info = bench.info();
    let (root, id) = (text(&sealed, "root"), text(&info, "id"));
    for (file, words) in [
        (&english, ["Statement of hash values", "the same as computed", "not signed with a key"]),
        (&korean, ["해시값 확인서", "계산한 값과 같음", "키로 서명되지 않음"]),
    ] {
        let sheets = read(file);
        assert_eq!(sheets.len(), 1, "three pieces of evidence stand on one sheet");
        let shown = &sheets[0].text;
        let fours: Vec<&str> = (0..16).map(|i| &root[i * 4..i * 4 + 4]).collect();
        let mut wanted: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        wanted.extend([id.to_owned(), fours[..8].join("  "), fours[8..].join("  ")]);
        wanted.extend(["확인자 / Examiner", "참여인 / Present", "서명 / Signature"].map(str::to_owned));
        for source in info["sources"].as_array().unwrap() {
            wanted.extend(["md5", "sha1", "sha256", "label"].map(|name| text(source, name).to_owned()));
        }
        wanted.extend(sealed["words"].as_array().unwrap().iter().map(|w| w.as_str().unwrap().to_owned()));
        for words in wanted {
            assert!(!words.is_empty() && shown.contains(&words), "{words} is not in\n{shown}");
        }
        assert_eq!(qr_of(&sheets[0].squares), format!("casebook/{id} {} {root}", sealed["entries"]));
    }
}

#[test]
fn many_pieces_of_evidence_go_on_to_further_sheets() {
    let bench = Bench::new();
    let names: Vec<String> = (0..12).map(|n| format!("access-{n}-\u{202e}txt.log")).collect();
    for (n, name) in names.iter().enumerate() {
        fs::write(bench.path(name), crate::support::gateway_log(n as u32 + 1)).unwrap();
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    bench.on("add", &names).good();
    bench.on("seal", &["--pdf", "head.pdf"]).good();
    let sheets = read(&fs::read(bench.path("head.pdf")).unwrap());
    assert!(sheets.len() > 1);
    for n in 0..12 {
        // What changes the direction of writing is printed as its number.
        let name = format!("access-{n}-\\u{{202e}}txt.log");
        assert_eq!(sheets.iter().filter(|s| s.text.contains(&name)).count(), 1, "{name}");
    }
    assert!(sheets.iter().filter(|s| s.text.contains("확인자 / Examiner")).count() == 1);
    assert!(sheets.last().unwrap().text.contains("확인자 / Examiner"));
}
