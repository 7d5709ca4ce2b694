//! Rows of one table in columns, until there are enough of them for a row group.

use super::tables::{Column, Kind};
use super::text::lossless;
use crate::columns::join_id;
use ledger::Hash;
use model::Span;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type,
};
use parquet::errors::{ParquetError, Result};
use parquet::file::writer::SerializedRowGroupWriter;
use std::io::Write;

/// Texts one after another in one allocation.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
    }
    fn take(&mut self) -> Vec<ByteArray> {
        let all = ByteArray::from(std::mem::take(&mut self.bytes));
        let mut from = 0;
        let cut = |end| {
            let part = all.slice(from, end - from);
            from = end;
            part
        };
        std::mem::take(&mut self.ends).into_iter().map(cut).collect()
    }
}

/// How deep each value is nested, and whether it begins a row: as Parquet counts.
#[derive(Default)]
struct Levels {
    definition: Vec<i16>,
    repetition: Vec<i16>,
}

impl Levels {
    /// A list of `n` values, each at level `value`; an empty one is at the level below.
    fn list(&mut self, n: usize, value: i16) {
        if n == 0 {
            self.definition.push(value - 1);
            self.repetition.push(0);
        }
        for i in 0..n {
            self.definition.push(value);
            self.repetition.push(i16::from(i > 0));
        }
    }
    fn null(&mut self) {
        self.definition.push(0);
        self.repetition.push(0);
    }
    fn clear(&mut self) {
        self.definition.clear();
        self.repetition.clear();
    }
}

enum Cells {
    Whole(Vec<i64>),
    Small(Vec<i32>),
    Flag(Vec<bool>),
    Text(Texts),
    Digest(Vec<u8>),
    /// Sources, offsets, lengths.
    Spans([Vec<i64>; 3]),
}

struct Buffer {
    column: Column,
    cells: Cells,
    levels: Levels,
}

/// Rows that wait to be written.
pub struct Buffers {
    columns: Vec<Buffer>,
    pub rows: usize,
    /// Bytes held, about.
    pub bytes: usize,
}

impl Buffers {
    pub fn new(columns: &'static [Column]) -> Self {
        let buffer = |column: &Column| {
            let cells = match column.kind {
                Kind::Whole | Kind::Time => Cells::Whole(Vec::new()),
                Kind::Small => Cells::Small(Vec::new()),
                Kind::Flag => Cells::Flag(Vec::new()),
                Kind::Text | Kind::Texts => Cells::Text(Texts::default()),
                Kind::Digest => Cells::Digest(Vec::new()),
                Kind::Spans => Cells::Spans([Vec::new(), Vec::new(), Vec::new()]),
            };
            Buffer { column: *column, cells, levels: Levels::default() }
        };
        Self { columns: columns.iter().map(buffer).collect(), rows: 0, bytes: 0 }
    }

    /// A new row, whose cells are given in the order of the columns.
    pub fn row(&mut self) -> RowCells<'_> {
        RowCells { all: self, at: 0, escaped: Vec::new() }
    }

    /// Writes what waits as one row group, and forgets it.
    pub fn write<W: Write + Send>(&mut self, mut group: SerializedRowGroupWriter<'_, W>) -> Result<()> {
        for buffer in &mut self.columns {
            let Buffer { column, cells, levels } = buffer;
            match cells {
                Cells::Whole(v) => put::<Int64Type, W>(&mut group, column, v, levels)?,
                Cells::Small(v) => put::<Int32Type, W>(&mut group, column, v, levels)?,
                Cells::Flag(v) => put::<BoolType, W>(&mut group, column, v, levels)?,
                Cells::Text(v) => put::<ByteArrayType, W>(&mut group, column, &v.take(), levels)?,
                Cells::Digest(v) => {
                    let all = ByteArray::from(std::mem::take(v));
                    let digests = (0..all.len() / 32).map(|i| FixedLenByteArray::from(all.slice(i * 32, 32)));
                    put::<FixedLenByteArrayType, W>(&mut group, column, &digests.collect::<Vec<_>>(), levels)?;
                }
                Cells::Spans(parts) => {
                    for part in parts.iter_mut() {
                        put::<Int64Type, W>(&mut group, column, part, levels)?;
                        part.clear();
                    }
                }
            }
            match cells {
                Cells::Whole(v) => v.clear(),
                Cells::Small(v) => v.clear(),
                Cells::Flag(v) => v.clear(),
                Cells::Text(_) | Cells::Digest(_) | Cells::Spans(_) => {}
            }
            levels.clear();
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

fn put<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    column: &Column,
    values: &[T::T],
    levels: &Levels,
) -> Result<()> {
    let nested = matches!(column.kind, Kind::Texts | Kind::Spans);
    let mut writer = group.next_column()?.ok_or_else(|| ParquetError::General(format!("no column {}", column.name)))?;
    let definition = (nested || !column.always).then_some(levels.definition.as_slice());
    let repetition = nested.then_some(levels.repetition.as_slice());
    writer.typed::<T>().write_batch(values, definition, repetition)?;
    writer.close()
}

/// Takes the cells of a row in the order of the columns. A cell of another kind than its column's is a
/// mistake of ours and panics in tests.
pub struct RowCells<'b> {
    all: &'b mut Buffers,
    at: usize,
    escaped: Vec<&'static str>,
}

impl RowCells<'_> {
    fn next(&mut self, bytes: usize) -> &mut Buffer {
        self.all.bytes += bytes + 4;
        let at = self.at;
        self.at += 1;
        &mut self.all.columns[at]
    }

    pub fn whole(&mut self, value: Option<i64>) {
        let Buffer { column, cells, levels } = self.next(8);
        debug_assert!(matches!(column.kind, Kind::Whole | Kind::Time), "{}", column.name);
        let value = value.or(column.always.then_some(0));
        levels.definition.push(i16::from(value.is_some()));
        if let Cells::Whole(all) = cells {
            all.extend(value);
        }
    }

    pub fn small(&mut self, value: Option<i32>) {
        let Buffer { column, cells, levels } = self.next(4);
        debug_assert!(column.kind == Kind::Small, "{}", column.name);
        let value = value.or(column.always.then_some(0));
        levels.definition.push(i16::from(value.is_some()));
        if let Cells::Small(all) = cells {
            all.extend(value);
        }
    }

    pub fn flag(&mut self, value: bool) {
        let Buffer { column, cells, levels } = self.next(1);
        debug_assert!(column.kind == Kind::Flag, "{}", column.name);
        levels.definition.push(1);
        if let Cells::Flag(all) = cells {
            all.push(value);
        }
    }

    pub fn text(&mut self, value: Option<&[u8]>) {
        let text = value.map(lossless);
        let Buffer { column, cells, levels } = self.next(value.map_or(0, <[u8]>::len));
        debug_assert!(column.kind == Kind::Text, "{}", column.name);
        let name = column.name;
        let there = column.always || text.is_some();
        levels.definition.push(i16::from(there));
        let (text, escaped) = text.unwrap_or_default();
        if let (Cells::Text(all), true) = (cells, there) {
            all.push(text.as_bytes());
        }
        if escaped {
            self.escaped.push(name);
        }
    }

    pub fn label(&mut self, value: Option<&str>) {
        self.text(value.map(str::as_bytes));
    }

    pub fn texts<'t>(&mut self, values: Option<impl Iterator<Item = &'t [u8]>>) {
        let Buffer { column, cells, levels } = self.next(8);
        debug_assert!(column.kind == Kind::Texts, "{}", column.name);
        let (name, level) = (column.name, if column.always { 1 } else { 2 });
        let Some(values) = values else { return levels.null() };
        let Cells::Text(all) = cells else { return };
        let (mut n, mut any) = (0, false);
        for value in values {
            let (text, escaped) = lossless(value);
            all.push(text.as_bytes());
            any |= escaped;
            n += 1;
        }
        levels.list(n, level);
        if any {
            self.escaped.push(name);
        }
    }

    pub fn digest(&mut self, value: Option<&Hash>) {
        let Buffer { column, cells, levels } = self.next(32);
        debug_assert!(column.kind == Kind::Digest, "{}", column.name);
        let value = value.or(column.always.then_some(&[0; 32]));
        levels.definition.push(i16::from(value.is_some()));
        if let (Cells::Digest(all), Some(value)) = (cells, value) {
            all.extend_from_slice(value);
        }
    }

    pub fn spans(&mut self, import: u32, spans: &[Span]) {
        let Buffer { column, cells, levels } = self.next(spans.len() * 24);
        debug_assert!(column.kind == Kind::Spans, "{}", column.name);
        levels.list(spans.len(), if column.always { 1 } else { 2 });
        if let Cells::Spans([sources, offsets, lengths]) = cells {
            sources.extend(spans.iter().map(|s| join_id(import, u64::from(s.source))));
            offsets.extend(spans.iter().map(|s| s.offset.cast_signed()));
            lengths.extend(spans.iter().map(|s| s.length.cast_signed()));
        }
    }

    /// The last column names those whose text was escaped.
    pub fn end(mut self) {
        let escaped = std::mem::take(&mut self.escaped);
        self.texts((!escaped.is_empty()).then(|| escaped.iter().map(|n| n.as_bytes())));
        debug_assert_eq!(self.at, self.all.columns.len());
        self.all.rows += 1;
    }
}
