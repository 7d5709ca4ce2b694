//! Every bound: what is beyond it is a note, and what is before it is given.

use super::common::{Record, sample, walk_with, walked};
use evidence::archive::{Limits, MemberKind};
use model::Code;

fn limited(name: &str, limits: Limits) -> Record {
    let mut record = Record::default();
    walk_with(&sample(name), name, &limits, 0, &mut record);
    record
}

#[test]
fn depth() {
    let record = limited("nested.zip", Limits { depth: 1, ..Limits::default() });
    // in/c.log.gz, twice, is an archive in an archive in the evidence.
    assert_eq!(record.given.len(), 14);
    assert_eq!(record.notes.iter().map(|(m, n)| (*m, n.code, n.count)).collect::<Vec<_>>(), [(0, Code::LimitReached, 2)]);
    let gz = record.named("in/c.log.gz");
    assert_eq!((gz.member.kind, gz.complete), (MemberKind::File, true));
    assert!(gz.member.more.contains(&("not opened", "depth limit".to_owned())));
    let record = limited("nested.zip", Limits { depth: 0, ..Limits::default() });
    assert_eq!(record.given.len(), 6);
    assert_eq!(record.notes.iter().map(|(m, n)| (*m, n.code, n.count)).collect::<Vec<_>>(), [(0, Code::LimitReached, 5)]);
}

/// Zips in zips, `breadth` in each, `levels` deep, with a text in the innermost.
fn bomb(breadth: usize, levels: usize) -> Vec<u8> {
    let mut inner = b"a text".to_vec();
    for level in 0..=levels {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for n in 0..breadth {
            let name = if level == 0 { format!("{n}.txt") } else { format!("{n}.zip") };
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut zip, &inner).unwrap();
        }
        inner = zip.finish().unwrap().into_inner();
    }
    inner
}

#[test]
fn archives_inside_nested_archives() {
    let bytes = bomb(5, 4);
    let all = |nested| {
        let mut record = Record::default();
        walk_with(&bytes, "bomb.zip", &Limits { nested, ..Limits::default() }, 0, &mut record);
        record
    };
    // 5 in the evidence itself, 25, 125 and 625 inside these.
    let open = all(1024);
    assert_eq!(open.kinds(MemberKind::Archive).len(), 780);
    assert!(open.notes.is_empty());
    let record = all(100);
    assert_eq!(record.kinds(MemberKind::Archive).len(), 105);
    let closed: Vec<_> = record.given.iter().filter(|g| g.name().ends_with("zip") && g.member.kind == MemberKind::File).collect();
    assert!(closed.iter().all(|g| g.complete && g.member.more.contains(&("not opened", "count limit".to_owned()))));
    // One finding for all of them, on the evidence.
    let notes: Vec<_> = record.notes.iter().map(|(m, n)| (*m, n.code, n.count)).collect();
    assert_eq!(notes, [(0, Code::LimitReached, closed.len() as u64)]);
    // A later walk, from any member, gives the same ordinals and the same finding.
    let mut resumed = Record::default();
    walk_with(&bytes, "bomb.zip", &Limits { nested: 100, ..Limits::default() }, 200, &mut resumed);
    assert_eq!(resumed.given, record.given[200..]);
    assert_eq!(resumed.notes, record.notes);
    // Compressed single streams are not counted: every one costs bytes of the evidence.
    let compressed = limited("nested.zip", Limits { nested: 0, ..Limits::default() }).kinds(MemberKind::Compressed).len();
    assert_eq!(
        (all(0).kinds(MemberKind::Archive).len(), compressed),
        (5, walked("nested.zip").kinds(MemberKind::Compressed).len())
    );
}

#[test]
fn members() {
    for name in ["plain.zip", "no-directory.zip", "ustar.tar", "nested.zip"] {
        let record = limited(name, Limits { members: 3, ..Limits::default() });
        assert_eq!(record.given.len(), 3, "{name}");
        assert!(record.notes.iter().any(|(_, n)| n.code == Code::LimitReached), "{name}");
    }
}

#[test]
fn bytes() {
    for name in ["plain.zip", "logs.tar.gz", "two.log.bz2"] {
        let record = limited(name, Limits { bytes: 30_000, ..Limits::default() });
        assert!(record.notes.iter().any(|(_, n)| n.code == Code::LimitReached), "{name}");
        assert!(!record.given.last().unwrap().complete);
    }
}

#[test]
fn held_in_memory() {
    let limits = Limits { nested_in_memory: 1000, ..Limits::default() };
    // A stored zip is read where it lies; a deflated one would have to be held.
    let record = limited("nested.zip", limits);
    assert_eq!(record.notes.iter().map(|(m, n)| (*m, n.code)).collect::<Vec<_>>(), [(5, Code::LimitReached)]);
    assert_eq!(record.given.len(), 13);
    // A gzip in a tar.gz is decoded again instead.
    let record = limited("logs.tar.gz", limits);
    assert_eq!(record.notes.iter().map(|(m, n)| (*m, n.code)).collect::<Vec<_>>(), [(4, Code::LimitReached)]);
    assert_eq!(record.named("b.log").sha256, super::common::content("B"));
}

#[test]
fn ratio() {
    // 128 MiB of zeros: 1,000 to 1 for deflate, far more for the others.
    let zeros = vec![0u8; 8 << 20];
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(1));
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(1));
    for _ in 0..16 {
        std::io::Write::write_all(&mut gz, &zeros).unwrap();
        std::io::Write::write_all(&mut bz, &zeros).unwrap();
    }
    for (name, bytes) in [("z.gz", gz.finish().unwrap()), ("z.bz2", bz.finish().unwrap())] {
        let mut record = Record::default();
        walk_with(&bytes, name, &Limits { ratio: 100, ..Limits::default() }, 0, &mut record);
        assert_eq!(record.codes(1), [Code::LimitReached], "{name}");
        let g = &record.given[0];
        assert!(!g.complete && g.bytes > 64 << 20 && g.bytes < 70 << 20, "{name}: {}", g.bytes);
    }
}

#[test]
fn greedy_decoders_are_refused() {
    // A frame header that asks for a window of 2 GiB.
    let mut record = Record::default();
    walk_with(&[0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 1, 0, 0, 0, 0, 0], "w.zst", &Limits::default(), 0, &mut record);
    assert_eq!(record.codes(1), [Code::LimitReached]);
    // A dictionary of 1.5 GiB: `cut.log.xz` with its first block header changed.
    let mut xz = sample("cut.log.xz");
    let length = (usize::from(xz[12]) + 1) * 4;
    let at = xz[12..12 + length].windows(2).position(|w| w == [0x21, 1]).unwrap() + 14;
    xz[at] = 37;
    let mut crc = flate2::Crc::new();
    crc.update(&xz[12..12 + length - 4]);
    xz[12 + length - 4..12 + length].copy_from_slice(&crc.sum().to_le_bytes());
    let mut record = Record::default();
    walk_with(&xz, "d.xz", &Limits::default(), 0, &mut record);
    assert_eq!(record.codes(1), [Code::LimitReached]);
}
