//! Logs that are sparse files: a record of a file system can claim 2^63 bytes of holes, which are no text.

use super::output::Output;
use super::stream::RecordStream;
use artifacts::Facts;
use evidence::Note;
use model::{ByteSource, Code, Stop};
use std::io;

const CHUNK: usize = 512 << 10;
/// A longer hole is passed over.
const LONGEST_HOLE: u64 = 1 << 20;

/// Sends a log as blocks of whole records.
pub fn read_log(
    source: u32,
    facts: &Facts<'_>,
    data: &dyn ByteSource,
    mut stream: RecordStream<'_>,
    out: &mut Output<'_>,
) -> Result<(), Stop> {
    let mut buf = vec![0; CHUNK];
    let (mut at, mut holes, mut first) = (0u64, 0u64, None);
    loop {
        let n = fill(data, at, &mut buf)?;
        if n > 0 {
            stream.push(source, &buf[..n], out)?;
            at += n as u64;
        } else if let hole = hole(data, at)
            && hole > LONGEST_HOLE
        {
            first.get_or_insert((at, hole));
            holes = holes.saturating_add(hole);
            stream.pass_hole(source, hole, out)?;
            at = at.saturating_add(hole);
        } else {
            break;
        }
    }
    stream.finish(source, out)?;
    if let Some((at, hole)) = first {
        let found = format!("{holes} bytes of longer ones, passed over");
        out.about(source, 0)?;
        let limit = format!("holes of at most {LONGEST_HOLE} bytes in a log");
        out.note(&Note::new(Code::LimitReached, facts.path, limit, found).at(at, hole))?;
    }
    Ok(())
}

fn hole(data: &dyn ByteSource, at: u64) -> u64 {
    data.data_from(at).saturating_sub(at)
}

/// Fills `buf` up to the next long hole, or the end.
fn fill(data: &dyn ByteSource, at: u64, buf: &mut [u8]) -> io::Result<usize> {
    let mut n = 0;
    while n < buf.len() && hole(data, at + n as u64) <= LONGEST_HOLE {
        match data.read_at(at + n as u64, &mut buf[n..]) {
            Ok(0) => break,
            Ok(k) => n += k,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::protocol::{Frame, LogChoice};
    use crate::worker::scan::ProfileSet;
    use crate::worker::stream::Detected;
    use artifacts::log::Layout;
    use evidence::filesystem::RunSource;
    use model::{MemorySource, Run, SharedSource, Stream};
    use std::sync::Arc;

    /// Offset and text of all records that are sent, and how many findings.
    fn sent(data: &dyn ByteSource) -> (Vec<(u64, String)>, u32) {
        let mut bytes = Vec::new();
        let mut out = Output::new(&mut bytes, 0);
        let facts = Facts { path: b"a.log", stream: b"", size: data.len(), head: b"", file_system: None };
        let profiles = ProfileSet::new(&LogChoice::default()).unwrap();
        let stream = RecordStream::new(&profiles, Detected { number: 0, layout: Layout::default() }).unwrap();
        read_log(1, &facts, data, stream, &mut out).unwrap();
        out.flush().unwrap();
        let (mut lines, mut findings) = (Vec::new(), 0);
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            match Frame::read(&mut rest).unwrap() {
                Frame::Lines { offset, bytes, .. } => lines.push((offset, String::from_utf8(bytes).unwrap())),
                Frame::Rows(batch) => findings += batch.rows,
                _ => {}
            }
        }
        (lines, findings)
    }

    #[test]
    fn holes_are_no_text_however_long_a_record_says_they_are() {
        let volume: SharedSource = Arc::new(MemorySource(b"one\ntwo\n#three\n".to_vec()));
        let run = |offset: Option<u64>, length| Run { offset, length };
        let hole = (1 << 62) - 16;
        let runs = vec![run(None, hole), run(Some(0), 8), run(None, 2 << 20), run(Some(9), 6), run(None, 1 << 62)];
        let size = runs.iter().map(|r| r.length).sum();
        let stream = Stream { size, initialized: size, runs, ..Stream::default() };
        let (lines, findings) = sent(&RunSource::new(volume, &stream));
        let lengths: Vec<_> = lines.iter().map(|(at, text)| (*at, text.len())).collect();
        assert_eq!(lengths, [(hole, 8), (hole + 8 + (2 << 20), 6)]);
        assert_eq!((lines[0].1.as_str(), lines[1].1.as_str()), ("one\ntwo\n", "three\n"));
        assert_eq!(findings, 1);
    }
}
