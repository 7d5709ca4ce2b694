//! What a worker says while it reads: rows in batches, sources, lines, and where it is.

use super::protocol::{Frame, SourceBegin, SourceEnd, Task, write_lines};
use evidence::Note;
use model::{Batch, Event, FileEntry, Finding, Sink, SourceKind, Stop, Table};
use std::io::{self, Write};

const BATCH_ROWS: u32 = 1024;
const BATCH_BYTES: usize = 256 << 10;

/// The worker's mouth. Rows keep their order within each table; a batch never mixes sources.
pub struct Output<'w> {
    out: &'w mut dyn Write,
    next_source: u32,
    /// Source that "the bytes I was given" stands for.
    source: u32,
    parser: u16,
    files: Batch,
    events: Batch,
    findings: Batch,
}

impl<'w> Output<'w> {
    pub fn new(out: &'w mut dyn Write, next_source: u32) -> Self {
        Self {
            out,
            next_source,
            source: 0,
            parser: 0,
            files: Batch::new(Table::File),
            events: Batch::new(Table::Event),
            findings: Batch::new(Table::Finding),
        }
    }

    /// Rows from here on speak of `source` and come from `parser` (0: the readers themselves).
    pub fn about(&mut self, source: u32, parser: u16) -> io::Result<()> {
        if source != self.source {
            self.flush_rows()?;
        }
        self.source = source;
        self.parser = parser;
        Ok(())
    }

    pub fn begin_source(
        &mut self,
        parent: Option<u32>,
        kind: SourceKind,
        bytes: u64,
        locator: &[(&str, model::Value<'_>)],
        codec: Option<&str>,
        detail: &[(&str, model::Value<'_>)],
    ) -> io::Result<u32> {
        let number = self.next_source;
        self.next_source += 1;
        let text = |map: &[(&str, model::Value<'_>)]| {
            let mut out = Vec::new();
            model::Json::map(&mut out, map);
            String::from_utf8_lossy(&out).into_owned()
        };
        self.frame(&Frame::SourceBegin(SourceBegin {
            number,
            parent,
            kind: kind.code(),
            bytes,
            locator: text(locator),
            codec: codec.map(str::to_owned),
            detail: (!detail.is_empty()).then(|| text(detail)),
        }))?;
        Ok(number)
    }

    pub fn end_source(&mut self, end: SourceEnd) -> io::Result<()> {
        self.frame(&Frame::SourceEnd(end))
    }

    pub fn entry(&mut self, entry: &FileEntry) -> io::Result<()> {
        self.files.file(entry, self.source);
        if full(&self.files) { flush(&mut self.files, self.source, self.out) } else { Ok(()) }
    }

    pub fn note(&mut self, note: &Note) -> io::Result<()> {
        self.findings.finding(&note.finding(), self.parser, self.source);
        if full(&self.findings) { flush(&mut self.findings, self.source, self.out) } else { Ok(()) }
    }

    pub fn records(&mut self, source: u32, profile: u16, block: &artifacts::log::Block<'_>) -> io::Result<()> {
        write_lines(self.out, source, profile, block)
    }

    pub fn item(&mut self, name: &[u8]) -> io::Result<()> {
        self.frame(&Frame::Item(String::from_utf8_lossy(name).into_owned()))
    }

    pub fn task(&mut self, task: Task) -> io::Result<()> {
        self.frame(&Frame::Task(task))
    }

    /// A frame in its place among the rows said so far.
    pub fn frame(&mut self, frame: &Frame) -> io::Result<()> {
        frame.write(self.out)
    }

    /// Everything said reaches the importer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.flush_rows()?;
        self.out.flush()
    }

    fn flush_rows(&mut self) -> io::Result<()> {
        for batch in [&mut self.files, &mut self.events, &mut self.findings] {
            flush(batch, self.source, self.out)?;
        }
        Ok(())
    }
}

fn full(batch: &Batch) -> bool {
    batch.rows >= BATCH_ROWS || batch.buffer.len() >= BATCH_BYTES
}

fn flush(batch: &mut Batch, source: u32, out: &mut dyn Write) -> io::Result<()> {
    if batch.is_empty() {
        return Ok(());
    }
    let here = |n: u32| if n == 0 { source } else { n };
    batch.renumber(&here).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e.to_string()))?;
    let table = batch.table;
    let full = std::mem::replace(batch, Batch::new(table));
    Frame::Rows(full).write(out)
}

impl Sink for Output<'_> {
    fn event(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        self.events.event(event, self.parser, self.source);
        if full(&self.events) {
            flush(&mut self.events, self.source, self.out)?;
        }
        Ok(())
    }
    fn finding(&mut self, finding: &Finding<'_>) -> Result<(), Stop> {
        self.findings.finding(finding, self.parser, self.source);
        if full(&self.findings) {
            flush(&mut self.findings, self.source, self.out)?;
        }
        Ok(())
    }
}
