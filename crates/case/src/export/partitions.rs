//! One table of one import, in Parquet files by day. Memory is bounded: rows wait in few, bounded buffers.

use super::cells::{Buffers, RowCells};
use super::folder::{Folder, Sheet};
use super::tables::{Column, schema};
use crate::error::{CaseError, Result};
use crate::view::civil;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnPath, TypePtr};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Files open at a time.
const MOST_OPEN: usize = 48;
/// Bytes that wait in all files together.
const MOST_WAITING: usize = 128 << 20;
/// Bytes and rows of a row group, at most.
const GROUP_BYTES: usize = 48 << 20;
const GROUP_ROWS: usize = 122_880;
/// Days of one import that get a folder of their own: 54 years. Hostile times could ask for millions.
const MOST_DAYS: usize = 20_000;
/// How often a day may come back after its file was closed, before the rows are sorted by time instead.
const MOST_RETURNS: usize = 64;

/// Days since 1970, where the row has one.
pub type Day = Option<i32>;

/// What all files of a table share.
#[derive(Clone)]
pub struct Form {
    name: &'static str,
    columns: &'static [Column],
    schema: TypePtr,
    properties: Arc<WriterProperties>,
}

impl Form {
    pub fn new(name: &'static str, columns: &'static [Column]) -> Result<Self> {
        let schema = Arc::new(parse_message_type(&schema(name, columns)).map_err(failed)?);
        let mut properties = WriterProperties::builder()
            .set_created_by(concat!("casebook ", env!("CARGO_PKG_VERSION")).into())
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_compression(Compression::SNAPPY)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_max_row_group_row_count(None);
        // Values that never come twice: a dictionary of them is a copy.
        for name in ["leaf", "content_leaf"] {
            let path = ColumnPath::from(name);
            properties = properties.set_column_dictionary_enabled(path.clone(), false);
            properties = properties.set_column_compression(path.clone(), Compression::UNCOMPRESSED);
            properties = properties.set_column_statistics_enabled(path, EnabledStatistics::None);
        }
        for name in ["event_id", "file_id", "finding_id", "row"] {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(name), false);
        }
        Ok(Self { name, columns, schema, properties: Arc::new(properties.build()) })
    }

    pub fn name(&self) -> &'static str {
        self.name
    }
}

pub fn failed(e: parquet::errors::ParquetError) -> CaseError {
    match e {
        parquet::errors::ParquetError::External(inner) => CaseError::Output(inner.to_string()),
        other => CaseError::Output(format!("writing Parquet: {other}")),
    }
}

/// A file with the rows that wait for it.
struct Open {
    path: String,
    writer: SerializedFileWriter<Sheet>,
    waiting: Buffers,
    used: u64,
}

pub struct Partitions<'f> {
    folder: &'f mut Folder,
    form: &'f Form,
    /// Folder of the import within the table's: `events/source=3`.
    base: String,
    open: BTreeMap<Day, Open>,
    /// Files begun, by day.
    parts: BTreeMap<Day, usize>,
    files: usize,
    turn: u64,
    waiting: usize,
    /// Rows whose day got no folder of its own.
    past_days: u64,
}

impl<'f> Partitions<'f> {
    pub fn new(folder: &'f mut Folder, form: &'f Form, import: u32) -> Self {
        let base = format!("{}/source={import}", form.name);
        let (open, parts) = (BTreeMap::new(), BTreeMap::new());
        Self { folder, form, base, open, parts, files: 0, turn: 0, waiting: 0, past_days: 0 }
    }

    /// Adds a row to a day's file; `None` for a table that is not cut by day.
    pub fn push(&mut self, at: Option<Option<i64>>, fill: impl FnOnce(RowCells<'_>) -> Result<()>) -> Result<()> {
        let mut day = at.flatten().and_then(day_of);
        if day.is_some() && !self.parts.contains_key(&day) && self.parts.len() >= MOST_DAYS {
            self.past_days += 1;
            day = None;
        }
        self.turn += 1;
        let turn = self.turn;
        if !self.open.contains_key(&day) {
            self.make_room()?;
            let open = self.begin(day, at.is_some())?;
            self.open.insert(day, open);
        }
        let Some(open) = self.open.get_mut(&day) else { return Ok(()) };
        open.used = turn;
        let before = open.waiting.bytes;
        fill(open.waiting.row())?;
        self.waiting += open.waiting.bytes - before;
        if open.is_full() {
            self.waiting -= open.waiting.bytes;
            open.flush()?;
        } else if self.waiting >= MOST_WAITING {
            self.flush_largest()?;
        }
        Ok(())
    }

    /// The days come so mixed that the rows had better be sorted.
    pub fn is_scattered(&self) -> bool {
        let days = self.parts.len();
        self.files - days > MOST_RETURNS + days / 2
    }

    /// Writes what waits. A table without rows gets one file, so that a reader finds its columns.
    pub fn finish(mut self, by_day: bool) -> Result<u64> {
        if self.files == 0 {
            let open = self.begin(None, by_day)?;
            self.open.insert(None, open);
        }
        while let Some((_, open)) = self.open.pop_first() {
            open.close(self.folder)?;
        }
        Ok(self.past_days)
    }

    fn begin(&mut self, day: Day, by_day: bool) -> Result<Open> {
        let part = self.parts.entry(day).or_default();
        let day = match (by_day, day) {
            (false, _) => String::new(),
            (true, Some(day)) => format!("day={}/", date(day)),
            // What Hive and its readers take for null.
            (true, None) => "day=__HIVE_DEFAULT_PARTITION__/".to_owned(),
        };
        let path = format!("{}/{day}part-{part}.parquet", self.base);
        *part += 1;
        self.files += 1;
        Open::new(self.folder, self.form, path)
    }

    /// Closes the file that was used longest ago where too many are open.
    fn make_room(&mut self) -> Result<()> {
        if self.open.len() < MOST_OPEN {
            return Ok(());
        }
        let oldest = self.open.iter().min_by_key(|(_, o)| o.used).map(|(day, _)| *day);
        if let Some(open) = oldest.and_then(|day| self.open.remove(&day)) {
            self.waiting -= open.waiting.bytes;
            open.close(self.folder)?;
        }
        Ok(())
    }

    fn flush_largest(&mut self) -> Result<()> {
        if let Some(open) = self.open.values_mut().max_by_key(|o| (o.waiting.bytes, o.used)) {
            self.waiting -= open.waiting.bytes;
            open.flush()?;
        }
        Ok(())
    }
}

impl Open {
    fn new(folder: &Folder, form: &Form, path: String) -> Result<Self> {
        let sheet = folder.create(&path)?;
        let writer = SerializedFileWriter::new(sheet, form.schema.clone(), form.properties.clone()).map_err(failed)?;
        Ok(Self { path, writer, waiting: Buffers::new(form.columns), used: 0 })
    }
    fn is_full(&self) -> bool {
        self.waiting.rows >= GROUP_ROWS || self.waiting.bytes >= GROUP_BYTES
    }
    fn flush(&mut self) -> Result<()> {
        if self.waiting.rows == 0 {
            return Ok(());
        }
        let group = self.writer.next_row_group().map_err(failed)?;
        self.waiting.write(group).map_err(failed)
    }
    fn close(mut self, folder: &mut Folder) -> Result<()> {
        self.flush()?;
        let sheet = self.writer.into_inner().map_err(failed)?;
        folder.finish(&self.path, sheet)
    }
}

/// A table in a single file.
pub struct Single(Open);

impl Single {
    pub fn new(folder: &Folder, form: &Form, path: &str) -> Result<Self> {
        Open::new(folder, form, path.to_owned()).map(Self)
    }
    pub fn push(&mut self, fill: impl FnOnce(RowCells<'_>) -> Result<()>) -> Result<()> {
        fill(self.0.waiting.row())?;
        if self.0.is_full() { self.0.flush() } else { Ok(()) }
    }
    pub fn finish(self, folder: &mut Folder) -> Result<()> {
        self.0.close(folder)
    }
}

/// The UTC day of a time, for the years 1 to 9999.
pub fn day_of(micros: i64) -> Day {
    let day = micros.div_euclid(86_400_000_000);
    i32::try_from(day).ok().filter(|d| (-719_162..=2_932_896).contains(d))
}

fn date(day: i32) -> String {
    civil(i64::from(day) * 86_400_000_000).map(|c| c.date().to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_four_digits_of_a_year() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(day_of(-1).unwrap()), "1969-12-31");
        assert_eq!((date(-719_162), date(2_932_896)), ("0001-01-01".into(), "9999-12-31".into()));
        assert_eq!(civil(2_932_896 * 86_400_000_000 + 86_399_999_999).unwrap().to_string(), "9999-12-31T23:59:59.999999");
        assert_eq!((day_of(i64::MIN), day_of(i64::MAX)), (None, None));
    }
}
