//! The derived tables: filled from the runs in the order of their keys, then hashed in that order.

use super::record::{Reader, Sums, stored};
use super::runs::{self, Kind, Records};
use super::sets::Set;
use crate::words::{TextOrBlob, WordReader};
use hashbrown::HashMap;
use ledger::{Frontier, Hash, leaf_hash};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, params};

/// Words looked up and kept.
const MOST_WORDS: usize = 50_000;
/// Derived tables with the tags of their leaves.
const TAGS: [(&str, &[u8; 4]); 3] = [("tally", b"TAL1"), ("pair", b"PAI1"), ("pace", b"PAC1")];
/// Columns that may hold the number of a word.
const WORDS: [&str; 2] = ["actor", "exposes"];

/// Rows and root of a derived table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    pub table: &'static str,
    pub rows: u64,
    pub root: Hash,
}

fn damaged() -> rusqlite::Error {
    rusqlite::Error::UserFunctionError("a count of this import is damaged".into())
}

/// The number of a word that the rows use, or its text where they hold the text.
struct Numbers<'a> {
    db: &'a Connection,
    known: HashMap<Vec<u8>, Value>,
}

impl Numbers<'_> {
    fn of(&mut self, text: Option<&[u8]>) -> rusqlite::Result<Value> {
        let Some(text) = text else { return Ok(Value::Null) };
        if let Some(known) = self.known.get(text) {
            return Ok(known.clone());
        }
        let found = self
            .db
            .prepare_cached("SELECT id FROM word WHERE value = ?1")?
            .query_row([TextOrBlob(text)], |r| r.get(0))
            .optional()?;
        let value = match (found, stored(Some(text))) {
            (Some(n), _) => Value::Integer(n),
            (None, ValueRef::Text(t)) => Value::Text(String::from_utf8_lossy(t).into_owned()),
            (None, _) => Value::Blob(text.to_vec()),
        };
        if self.known.len() >= MOST_WORDS {
            self.known.clear();
        }
        self.known.insert(text.to_vec(), value.clone());
        Ok(value)
    }
}

fn sums(records: &[Vec<u8>]) -> rusqlite::Result<Sums> {
    let mut all = Sums::default();
    for record in records {
        all.add(Reader(record).sums().ok_or_else(damaged)?);
    }
    Ok(all)
}

/// Fills the derived tables of an import and hashes them.
pub fn finish(db: &Connection, import: u32) -> rusqlite::Result<Vec<Derived>> {
    db.execute("DELETE FROM tally WHERE import = ?1", [import])?;
    db.execute("DELETE FROM pace WHERE import = ?1", [import])?;
    days(db, import)?;
    pairs(db)?;
    db.execute(
        "INSERT INTO pace SELECT ?1, row_number() OVER (ORDER BY source, parser) - 1, source, parser, rows, undated, first, last,
           backwards, furthest, hours FROM temp.part_pace",
        [import],
    )?;
    let mut all = Vec::new();
    for (table, _) in TAGS {
        all.push(hash(db, table, import)?);
    }
    all.push(texts(db, None)?);
    Ok(all)
}

fn days(db: &Connection, import: u32) -> rusqlite::Result<()> {
    let mut numbers = Numbers { db, known: HashMap::new() };
    let mut insert = db.prepare("INSERT INTO tally VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)")?;
    let mut n = 0i64;
    runs::merge(db, Kind::Day, &mut |key, records| {
        let mut r = Reader(key);
        let mut fields = || Some((r.ordered()?, r.ordered()?, r.text()?, r.text()?, r.number()?));
        let (source, day, actor, exposes, served) = fields().ok_or_else(damaged)?;
        let s = sums(records)?;
        let (subjects, third_parties) = (s.got.encode().0, s.denied.encode().0);
        insert.execute(params![
            import,
            n,
            source,
            day,
            numbers.of(actor)?,
            numbers.of(exposes)?,
            served.cast_signed(),
            s.requests.cast_signed(),
            s.bytes.cast_signed(),
            s.first,
            s.last,
            subjects,
            third_parties,
        ])?;
        n += 1;
        Ok(())
    })
}

/// Pairs are of the whole case: what earlier imports counted is merged again with what is new.
fn pairs(db: &Connection) -> rusqlite::Result<()> {
    let any: bool = db.query_row("SELECT EXISTS (SELECT 1 FROM temp.run WHERE kind = ?1)", [Kind::Pair as u8], |r| r.get(0))?;
    if !any {
        return Ok(());
    }
    earlier(db)?;
    db.execute("DELETE FROM pair", [])?;
    let mut numbers = Numbers { db, known: HashMap::new() };
    let mut insert = db.prepare("INSERT INTO pair VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)")?;
    let mut n = 0i64;
    runs::merge(db, Kind::Pair, &mut |key, records| {
        let mut r = Reader(key);
        let mut fields = || Some((r.text()?, r.address()?));
        let (actor, address) = fields().ok_or_else(damaged)?;
        let s = sums(records)?;
        let asked = (!s.denied.is_empty()).then(|| {
            let mut asked = s.got.clone();
            asked.add(s.denied);
            asked.encode()
        });
        let (got, served_subjects) = s.got.encode();
        // None where every subject that was asked for was served.
        let (asked, subjects) = match asked {
            Some((asked, n)) if n != served_subjects => (asked, n),
            _ => (None, served_subjects),
        };
        n += 1;
        insert.execute(params![
            n,
            numbers.of(actor)?,
            address,
            s.key.as_deref().map(TextOrBlob),
            s.kinds.as_deref().map(TextOrBlob),
            s.requests.cast_signed(),
            s.served.cast_signed(),
            s.bytes.cast_signed(),
            s.first,
            s.last,
            got,
            asked,
            served_subjects.cast_signed(),
            subjects.cast_signed(),
        ])?;
        Ok(())
    })
}

/// The pairs in the case as runs, a part at a time.
fn earlier(db: &Connection) -> rusqlite::Result<()> {
    const PART: usize = 50_000;
    let mut words = WordReader::default();
    let mut q =
        db.prepare("SELECT actor, address, key, kinds, requests, served, bytes, first, last, got, asked FROM pair ORDER BY n")?;
    let mut rows = q.query([])?;
    let mut part = Records::default();
    while let Some(row) = rows.next()? {
        let number = |i: usize| row.get::<_, i64>(i).map(i64::cast_unsigned);
        let text = |i: usize| -> rusqlite::Result<Option<Vec<u8>>> {
            Ok(match row.get_ref(i)? {
                ValueRef::Text(b) | ValueRef::Blob(b) => Some(b.to_vec()),
                ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => None,
            })
        };
        let s = Sums {
            requests: number(4)?,
            served: number(5)?,
            bytes: number(6)?,
            first: row.get(7)?,
            last: row.get(8)?,
            key: text(2)?,
            kinds: text(3)?,
            got: Set::read(text(9)?.as_deref()).ok_or_else(damaged)?,
            // With those that were served: a union of both is what is asked of them.
            denied: Set::read(text(10)?.as_deref()).ok_or_else(damaged)?,
        };
        let mut key = part.key();
        key.text(words.bytes(db, row.get_ref(0)?)?.as_deref());
        key.address(row.get_ref(1)?);
        part.record(s);
        if part.len() == PART {
            std::mem::take(&mut part).write(db, Kind::Pair)?;
        }
    }
    part.write(db, Kind::Pair)
}

/// The tree over the rows of a derived table: `H(00 | tag | for each column: tag u8 | length u32 |
/// value)`, words as their text, integers as 8 bytes, the column `import` left out. Source:
/// docs/format.md, "Derived tables".
pub fn hash(db: &Connection, table: &'static str, import: u32) -> rusqlite::Result<Derived> {
    let tag = TAGS.iter().find(|t| t.0 == table).map_or(b"NONE", |t| t.1);
    let mut words = WordReader::default();
    let mut tree = Frontier::new();
    let mut leaf = Vec::new();
    let (condition, skipped) = if table == "pair" { ("?1 IS NOT NULL", 0) } else { ("import = ?1", 1) };
    let mut q = db.prepare(&format!("SELECT * FROM {table} WHERE {condition} ORDER BY n"))?;
    let is_word: Vec<bool> = q.column_names().map(|name| WORDS.contains(&name)).collect();
    let mut rows = q.query([import])?;
    while let Some(row) = rows.next()? {
        leaf.clear();
        leaf.extend_from_slice(tag);
        for (i, is_word) in is_word.iter().enumerate().skip(skipped) {
            let mut put = |tag: u8, bytes: &[u8]| {
                leaf.push(tag);
                leaf.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
                leaf.extend_from_slice(bytes);
            };
            match row.get_ref(i)? {
                ValueRef::Null | ValueRef::Real(_) => put(0, &[]),
                v @ ValueRef::Integer(_) if *is_word => put(1, &words.bytes(db, v)?.unwrap_or_default()),
                ValueRef::Integer(n) => put(3, &n.to_le_bytes()),
                ValueRef::Text(b) => put(1, b),
                ValueRef::Blob(b) => put(2, b),
            }
        }
        tree.push(leaf_hash(&leaf), |_, _, _| {});
    }
    Ok(Derived { table, rows: tree.size(), root: tree.root() })
}

/// The texts of subjects that are not numbers, up to a number: `H(00 | SUT1 | n u64 | text)` each.
pub fn texts(db: &Connection, most: Option<u64>) -> rusqlite::Result<Derived> {
    let mut tree = Frontier::new();
    let mut q = db.prepare("SELECT n, value FROM subject_text WHERE n <= ?1 ORDER BY n")?;
    let mut rows = q.query([most.map_or(i64::MAX, u64::cast_signed)])?;
    while let Some(row) = rows.next()? {
        let mut leaf = b"SUT1".to_vec();
        leaf.extend_from_slice(&row.get::<_, i64>(0)?.to_le_bytes());
        if let ValueRef::Text(b) | ValueRef::Blob(b) = row.get_ref(1)? {
            leaf.extend_from_slice(b);
        }
        tree.push(leaf_hash(&leaf), |_, _, _| {});
    }
    Ok(Derived { table: "subject_text", rows: tree.size(), root: tree.root() })
}
