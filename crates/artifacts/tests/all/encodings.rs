//! Logs in UTF-16 give the rows of the same logs in UTF-8, and each leads to its own bytes.

use crate::conformance::{Seed, samples};
use crate::formats::{best, expected, read};
use artifacts::log::{ACCESS, Block, Encoding, Layout, Profiles, Reason, Splitter};
use artifacts::{Facts, Input};
use model::{Batch, EventHeader, MemorySource, Moment, Sink, Span};

const BOTH: [Encoding; 2] = [Encoding::Utf16Le, Encoding::Utf16Be];

fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
    let bytes = |unit: u16| if encoding == Encoding::Utf16Be { unit.to_be_bytes() } else { unit.to_le_bytes() };
    text.encode_utf16().flat_map(bytes).collect()
}

/// Time, fields and spans of a row.
type Row = (Option<Moment>, Vec<u8>, Vec<(u64, u64)>);

/// `place` turns spans into others.
fn rows(batch: &Batch, place: impl Fn(&Span) -> (u64, u64)) -> Vec<Row> {
    let row = |row: Result<model::RowView<'_>, model::FieldError>| {
        let row = row.unwrap();
        let header = EventHeader::decode(row.header).unwrap();
        (header.at, row.encoded_fields.to_vec(), header.spans.iter().map(&place).collect())
    };
    batch.iter().map(row).collect()
}

#[test]
fn every_format_is_read_in_utf16_as_in_utf8() {
    let profiles = Profiles::builtin();
    let mut compared = 0;
    for e in expected() {
        // A journal's binary values are no text.
        let Ok(text) = String::from_utf8(std::fs::read(samples().join(&e.file)).unwrap()) else { continue };
        for text in [text.clone(), format!("\u{feff}{}", text.trim_start_matches('\u{feff}'))] {
            let Some(plain) = best(&e.file, text.as_bytes(), &profiles) else { panic!("{} is of no profile", e.file) };
            let profile = &profiles.all()[plain.profile];
            let (expected, unread, _) = read(profile, &plain, text.as_bytes(), 1 << 20);
            let units = |to: u64| text[..to as usize].encode_utf16().count() as u64 * 2;
            let place = |s: &Span| (units(s.offset), units(s.offset + s.length) - units(s.offset));
            let expected = rows(&expected, place);
            for encoding in BOTH {
                let bytes = encoded(&text, encoding);
                assert_eq!(Encoding::of(&bytes), encoding, "{}", e.file);
                let found = best(&e.file, &bytes, &profiles).unwrap_or_else(|| panic!("{} is of no profile", e.file));
                assert_eq!((found.profile, found.layout.encoding), (plain.profile, encoding), "{}", e.file);
                for step in [1 << 20, 4097, 61] {
                    let (batch, lost, rest) = read(profile, &found, &bytes, step);
                    assert!(rows(&batch, |s| (s.offset, s.length)) == expected, "{} by {step}", e.file);
                    assert_eq!((lost.total(), lost.blank, rest.half_unit), (unread.total(), unread.blank, None), "{}", e.file);
                }
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "{compared}");
}

const LINE: &str = "192.0.2.7 - mira [24/Jun/2025:07:20:34 +0000] \"GET /\u{d55c}\u{1f600} HTTP/1.1\" 200 5 \"-\" \"x\"";

#[test]
fn what_is_not_read_is_told_by_its_place_in_the_file() {
    let profiles = Profiles::builtin();
    for encoding in BOTH {
        let mut bytes = encoded(&format!("\u{feff}{LINE}\r\n{LINE}\r\n\u{1f600} no line\r\n{LINE}"), encoding);
        let end = bytes.len() as u64;
        bytes.push(b'x');
        let found = best("access.log", &bytes, &profiles).unwrap();
        let profile = &profiles.all()[found.profile];
        assert_eq!((profile.name(), found.layout.encoding), ("combined", encoding));
        let (batch, unread, lost) = read(profile, &found, &bytes, 13);
        let spans: Vec<(u64, u64)> = rows(&batch, |s| (s.offset, s.length)).into_iter().flat_map(|r| r.2).collect();
        let text = |(at, length): (u64, u64)| bytes[at as usize..(at + length) as usize].to_vec();
        assert_eq!(text(spans[1]), encoded(LINE, encoding));
        assert_eq!(text(spans[2]), encoded(LINE, encoding));
        let not = &unread.by_reason[Reason::ALL.iter().position(|r| *r == Reason::NotThisFormat).unwrap()].samples[0];
        assert_eq!(text((not.offset, not.length)), encoded("\u{1f600} no line", encoding));
        assert_eq!(not.text, "\u{1f600} no line".as_bytes());
        assert_eq!(lost.half_unit, Some(end));
    }
}

#[test]
fn a_surrogate_without_partner_stays_what_it_is() {
    let profiles = Profiles::builtin();
    let mut bytes = encoded(&format!("\u{feff}{LINE}\n"), Encoding::Utf16Le);
    let high = bytes.windows(2).position(|w| w == 0xDE00u16.to_le_bytes()).unwrap();
    bytes.drain(high..high + 2);
    let found = best("access.log", &bytes, &profiles).unwrap();
    let (batch, unread, lost) = read(&profiles.all()[found.profile], &found, &bytes, 7);
    assert_eq!((batch.rows, unread.total(), lost.half_unit), (1, 0, None));
    let row = batch.iter().next().unwrap().unwrap();
    let [_, object, ..] = row.fields().unwrap();
    assert_eq!(object.as_bytes(), Some(&b"/\xED\x95\x9C\xED\xA0\xBD"[..]));
    assert_eq!(rows(&batch, |s| (s.offset, s.length))[0].2, [(0, bytes.len() as u64 - 2)]);
}

#[test]
fn a_line_without_end_is_passed_over_by_its_bytes() {
    let profiles = Profiles::builtin();
    for encoding in BOTH {
        let head = encoded(&format!("\u{feff}{LINE}\n"), encoding);
        let long = encoded(&"\u{d55c}".repeat(1 << 20), encoding);
        let bytes = [head.clone(), long.clone(), encoded(&format!("\n{LINE}\n"), encoding)].concat();
        let found = best("access.log", &bytes, &profiles).unwrap();
        let (batch, unread, lost) = read(&profiles.all()[found.profile], &found, &bytes, 65_537);
        assert_eq!((batch.rows, unread.total(), lost.too_long_count), (2, 0, 1));
        // The line's end goes with it.
        assert_eq!(lost.too_long, [(head.len() as u64, long.len() as u64 + 2)]);
    }
}

#[test]
fn a_hole_ends_a_character_and_half_a_unit_before_it_is_told() {
    let profiles = Profiles::builtin();
    let layout = Layout { encoding: Encoding::Utf16Le, ..Layout::default() };
    let mut splitter = Splitter::new(&profiles.all()[0], layout);
    let mut blocks = Vec::new();
    let mut take = |block: Block<'_>| {
        blocks.push((block.offset, [block.carry, block.bytes].concat()));
        Ok::<(), std::convert::Infallible>(())
    };
    // A surrogate whose partner would lie behind the hole, and a byte.
    let Ok(()) = splitter.push(b"a\0\n\0\x3D\xD8x", &mut take);
    let Ok(()) = splitter.pass_hole(1001, &mut take);
    let Ok(()) = splitter.push(b"b\0\n\0", &mut take);
    let Ok(lost) = splitter.finish(&mut take);
    assert_eq!(blocks, [(0, b"a\n".to_vec()), (4, b"\xED\xA0\xBD".to_vec()), (1008, b"b\n".to_vec())]);
    assert_eq!(lost.half_unit, Some(6));
}

#[test]
fn damage_breaks_no_reader_and_chunks_change_no_row() {
    let profiles = Profiles::builtin();
    for e in expected() {
        let Ok(text) = String::from_utf8(std::fs::read(samples().join(&e.file)).unwrap()) else { continue };
        let whole = encoded(&format!("\u{feff}{text}"), Encoding::Utf16Le);
        let mut seed = Seed(0xBE_EF + whole.len() as u64);
        for _ in 0..10 {
            let mut bytes = whole.clone();
            bytes.truncate(seed.next(whole.len()).max(3));
            for _ in 0..seed.next(9) {
                let at = seed.next(bytes.len());
                bytes[at] = seed.next(256) as u8;
            }
            let Some(found) = best(&e.file, &bytes, &profiles) else { continue };
            let profile = &profiles.all()[found.profile];
            let (batch, unread, lost) = read(profile, &found, &bytes, 511);
            let other = read(profile, &found, &bytes, 100_000);
            assert_eq!((&batch.buffer, &unread, &lost), (&other.0.buffer, &other.1, &other.2), "{}", e.file);
            let spans = rows(&batch, |s| (s.offset, s.length)).into_iter().flat_map(|r| r.2);
            assert!(spans.into_iter().all(|(at, length)| at + length <= bytes.len() as u64), "{}", e.file);
        }
    }
}

#[derive(Default)]
struct Told(usize, Vec<String>);

impl Sink for Told {
    fn event(&mut self, _: &model::Event<'_>) -> Result<(), model::Stop> {
        self.0 += 1;
        Ok(())
    }
    fn finding(&mut self, f: &model::Finding<'_>) -> Result<(), model::Stop> {
        self.1.push(format!("{} {:?}", f.code.label(), f.at.map(|s| (s.offset, s.length))));
        Ok(())
    }
}

#[test]
fn half_a_unit_is_a_finding() {
    let mut bytes = encoded(&format!("\u{feff}{LINE}\n"), Encoding::Utf16Le);
    bytes.push(b'x');
    let end = bytes.len() as u64 - 1;
    let facts = Facts { path: b"access.log", stream: b"", size: bytes.len() as u64, head: &bytes, file_system: None };
    let data = MemorySource(bytes.clone());
    let mut told = Told::default();
    (ACCESS.parse)(&Input { facts, data: &data, companions: &[] }, &mut told).unwrap();
    assert_eq!((told.0, told.1), (1, vec![format!("truncated {:?}", Some((end, 1)))]));
}
