//! Sums over chosen days. The rows of `tally` stand in the order of source and day, so that the days
//! are found by halving and rows of others are not read.

use super::functions::damaged;
use super::sets::Set;
use hashbrown::HashMap;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params_from_iter};

/// Members of sets gathered before those of all groups are put into their short form.
const MOST_GATHERED: usize = 8 << 20;

/// Which requests.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// Days since 1970: the first, and the first no more. With either, requests without a time are left out.
    pub from: Option<i64>,
    pub to: Option<i64>,
    /// All where there is none.
    pub imports: Option<Vec<i64>>,
    /// Those of these actors, as they may be stored.
    pub actors: Option<Vec<Value>>,
    /// Only those that were served.
    pub served: bool,
}

impl Chosen {
    fn has(&self, import: i64) -> bool {
        self.imports.as_ref().is_none_or(|all| all.contains(&import))
    }
}

/// What to sum by.
#[derive(Clone, Copy, Debug, Default)]
pub struct SumBy {
    pub actor: bool,
    pub exposes: bool,
    pub day: bool,
    pub import: bool,
}

/// A value that may be the number of a word.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stored {
    Null,
    Number(i64),
    Text(Box<[u8]>),
}

impl Stored {
    fn of(value: ValueRef<'_>) -> rusqlite::Result<Self> {
        Ok(match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(n) => Self::Number(n),
            ValueRef::Text(b) | ValueRef::Blob(b) => Self::Text(b.into()),
            ValueRef::Real(_) => return Err(damaged()),
        })
    }
    pub fn value(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Number(n) => ValueRef::Integer(*n),
            Self::Text(bytes) => crate::words::text_or_blob(bytes),
        }
    }
}

/// What is not summed by is null.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SumKey {
    pub actor: Stored,
    pub exposes: Stored,
    pub day: Option<i64>,
    pub import: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub struct DaySum {
    pub requests: u64,
    pub first: Option<i64>,
    pub last: Option<i64>,
    pub subjects: Set,
    pub third_parties: Set,
}

impl DaySum {
    fn row(&mut self, row: &Row<'_>) -> rusqlite::Result<usize> {
        let (first, last): (Option<i64>, Option<i64>) = (row.get(4)?, row.get(5)?);
        self.requests += row.get::<_, i64>(3)?.cast_unsigned();
        self.first = [self.first, first].into_iter().flatten().min();
        self.last = self.last.max(last);
        Ok(add(&mut self.subjects, row.get_ref(6)?)? + add(&mut self.third_parties, row.get_ref(7)?)?)
    }
    /// The same of another group.
    pub fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        self.subjects.add(other.subjects);
        self.third_parties.add(other.third_parties);
    }
}

/// Adds a stored set; answers about how many members it has.
fn add(to: &mut Set, stored: ValueRef<'_>) -> rusqlite::Result<usize> {
    match stored {
        ValueRef::Null => Ok(0),
        ValueRef::Blob(bytes) => {
            if !to.add_stored(bytes) {
                return Err(damaged());
            }
            Ok(bytes.len())
        }
        _ => Err(damaged()),
    }
}

/// Rows of `tally` to be read.
pub struct Spans {
    /// How many, those not served too.
    pub rows: u64,
    of: Of,
    served: bool,
}

enum Of {
    /// Import, first row, and the first no more.
    Days(Vec<[i64; 3]>),
    /// A condition on all rows, for which there is an index.
    Actors(String, Vec<Value>),
}

impl Spans {
    pub fn of(db: &Connection, chosen: &Chosen) -> rusqlite::Result<Self> {
        if let Some(actors) = &chosen.actors {
            return Self::of_actors(db, actors, chosen);
        }
        let mut spans = Vec::new();
        let mut imports = db.prepare_cached("SELECT min(import) FROM tally WHERE import > ?1")?;
        let mut before = i64::MIN;
        while let Some(import) = imports.query_row([before], |r| r.get::<_, Option<i64>>(0))? {
            before = import;
            if chosen.has(import) {
                Self::of_import(db, import, chosen, &mut spans)?;
            }
        }
        let rows = spans.iter().map(|[_, low, high]| high.abs_diff(*low)).sum();
        Ok(Self { rows, of: Of::Days(spans), served: chosen.served })
    }

    fn of_import(db: &Connection, import: i64, chosen: &Chosen, spans: &mut Vec<[i64; 3]>) -> rusqlite::Result<()> {
        let mut places = Places::of(db, import)?;
        if chosen.from.is_none() && chosen.to.is_none() {
            spans.push([import, 0, places.rows]);
            return Ok(());
        }
        // Rows without a time stand before those of any day.
        let from = chosen.from.unwrap_or(i64::MIN);
        let mut at = 0;
        while let Some((source, _)) = places.key(at)? {
            let low = places.first(at, &|key| key >= (source, Some(from)))?;
            at = places.first(at, &|key| key.0 > source)?;
            let high = match chosen.to {
                Some(to) => places.first(low, &|key| key >= (source, Some(to)))?,
                None => at,
            };
            if low < high {
                spans.push([import, low, high]);
            }
        }
        Ok(())
    }

    fn of_actors(db: &Connection, actors: &[Value], chosen: &Chosen) -> rusqlite::Result<Self> {
        let mut condition = format!("actor IN ({})", vec!["?"; actors.len()].join(","));
        for (bound, op) in [(chosen.from, ">="), (chosen.to, "<")] {
            if let Some(day) = bound {
                condition.push_str(&format!(" AND day {op} {day}"));
            }
        }
        if let Some(imports) = &chosen.imports {
            let imports: Vec<String> = imports.iter().map(i64::to_string).collect();
            condition.push_str(&format!(" AND +import IN ({})", imports.join(",")));
        }
        let sql = format!("SELECT count(*) FROM tally WHERE {condition}");
        let rows: i64 = db.query_row(&sql, params_from_iter(actors), |r| r.get(0))?;
        Ok(Self { rows: rows.cast_unsigned(), of: Of::Actors(condition, actors.to_vec()), served: chosen.served })
    }

    /// Sums the rows; `read` is told of each and ends the work by an error.
    pub fn sum<E: From<rusqlite::Error>>(
        &self,
        db: &Connection,
        by: SumBy,
        read: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<HashMap<SumKey, DaySum>, E> {
        let mut all = Gathered { by, served: self.served, of: HashMap::new(), gathered: 0 };
        match &self.of {
            Of::Days(spans) => {
                let mut rows = db.prepare_cached(&format!("{COLUMNS} WHERE import = ?1 AND n >= ?2 AND n < ?3"))?;
                for span in spans {
                    all.add(rows.query(*span)?, read)?;
                }
            }
            Of::Actors(condition, actors) => {
                let mut rows = db.prepare(&format!("{COLUMNS} WHERE {condition}"))?;
                all.add(rows.query(params_from_iter(actors))?, read)?;
            }
        }
        Ok(all.of)
    }
}

const COLUMNS: &str = "SELECT day, actor, exposes, requests, first, last, subjects, third_parties, import, served FROM tally";

struct Gathered {
    by: SumBy,
    served: bool,
    of: HashMap<SumKey, DaySum>,
    gathered: usize,
}

impl Gathered {
    fn add<E: From<rusqlite::Error>>(
        &mut self,
        mut rows: rusqlite::Rows<'_>,
        read: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some(row) = rows.next()? {
            read()?;
            self.row(row)?;
        }
        Ok(())
    }

    fn row(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let by = self.by;
        if self.served && row.get::<_, i64>(9)? != 1 {
            return Ok(());
        }
        let stored = |wanted: bool, column: usize| if wanted { Stored::of(row.get_ref(column)?) } else { Ok(Stored::Null) };
        let key = SumKey {
            actor: stored(by.actor, 1)?,
            exposes: stored(by.exposes, 2)?,
            day: if by.day { row.get(0)? } else { None },
            import: if by.import { row.get(8)? } else { None },
        };
        self.gathered += self.of.entry(key).or_default().row(row)?;
        if self.gathered > MOST_GATHERED {
            self.gathered = 0;
            for sum in self.of.values_mut() {
                sum.subjects.close();
                sum.third_parties.close();
            }
        }
        Ok(())
    }
}

/// Where source and day begin among the rows of an import.
struct Places<'d> {
    key: CachedStatement<'d>,
    import: i64,
    rows: i64,
}

type SourceDay = (i64, Option<i64>);

impl<'d> Places<'d> {
    fn of(db: &'d Connection, import: i64) -> rusqlite::Result<Self> {
        let rows: Option<i64> =
            db.prepare_cached("SELECT max(n) + 1 FROM tally WHERE import = ?1")?.query_row([import], |r| r.get(0))?;
        let key = db.prepare_cached("SELECT source, day FROM tally WHERE import = ?1 AND n = ?2")?;
        Ok(Self { key, import, rows: rows.unwrap_or(0) })
    }

    fn key(&mut self, n: i64) -> rusqlite::Result<Option<SourceDay>> {
        if n >= self.rows {
            return Ok(None);
        }
        let key = self.key.query_row([self.import, n], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
        key.map(Some).ok_or_else(damaged)
    }

    /// The first row, from `low` on, that such a key or a later one has; steps double, for what is
    /// sought is mostly near.
    fn first(&mut self, low: i64, reached: &dyn Fn(SourceDay) -> bool) -> rusqlite::Result<i64> {
        let (mut low, mut step) = (low, 1);
        let mut high = loop {
            let probe = low + step - 1;
            match self.key(probe)? {
                Some(key) if !reached(key) => low = probe + 1,
                Some(_) => break probe,
                None => break self.rows,
            }
            step *= 2;
        };
        while low < high {
            let middle = low + (high - low) / 2;
            match self.key(middle)? {
                Some(key) if !reached(key) => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }
}

/// The kinds of a list with commas, each of which a request counts for.
pub fn kinds_of(exposes: &[u8]) -> impl Iterator<Item = &[u8]> {
    exposes.split(|b| *b == b',').filter(|k| !k.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every choice of days, halved and plain.
    #[test]
    fn spans_hold_what_sql_finds() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(crate::store::SCHEMA).unwrap();
        db.execute_batch(crate::store::INDEXES).unwrap();
        for import in 1..=2i64 {
            db.execute("INSERT INTO import VALUES (?1, 1, 0, 0)", [import]).unwrap();
            let mut n = 0i64;
            for source in 1..=7i64 {
                for day in 0..(source * 3 + import) % 8 {
                    for actor in 0..=(day + source) % 3 {
                        let day = (day > 0 || source % 2 == 0).then_some(day);
                        db.execute(
                            "INSERT INTO tally VALUES (?1, ?2, ?3, ?4, ?5, 'email,name', ?6, 2, 0, ?4, ?4, ?7, NULL)",
                            rusqlite::params![import, n, source, day, actor, i64::from(n % 3 > 0), vec![0u8, (n % 50) as u8]],
                        )
                        .unwrap();
                        n += 1;
                    }
                }
            }
        }
        let bounds = || std::iter::once(None).chain((-1..=9).map(Some));
        for (from, to) in bounds().flat_map(|from| bounds().map(move |to| (from, to))) {
            for (served, actors, imports) in
                [(false, None, None), (true, None, Some(vec![2])), (true, Some(vec![Value::Integer(1)]), None)]
            {
                let mut sql = "SELECT coalesce(sum(requests), 0), count(DISTINCT subjects) FROM tally WHERE 1".to_owned();
                for (wanted, condition) in [
                    (served, "served = 1".to_owned()),
                    (actors.is_some(), "actor = 1".to_owned()),
                    (imports.is_some(), "import = 2".to_owned()),
                    (from.is_some(), format!("day >= {}", from.unwrap_or(0))),
                    (to.is_some(), format!("day < {}", to.unwrap_or(0))),
                ] {
                    if wanted {
                        sql.push_str(" AND ");
                        sql.push_str(&condition);
                    }
                }
                let plain: (i64, i64) = db.query_row(&sql, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
                let chosen = Chosen { from, to, imports, actors, served };
                let sum = |by: SumBy| {
                    let (spans, mut read) = (Spans::of(&db, &chosen).unwrap(), 0);
                    let count = &mut || -> rusqlite::Result<()> {
                        read += 1;
                        Ok(())
                    };
                    let all = spans.sum(&db, by, count).unwrap();
                    assert_eq!(read, spans.rows, "{chosen:?}");
                    all
                };
                let all = sum(SumBy::default()).into_values().next().unwrap_or_default();
                assert_eq!((all.requests as i64, all.subjects.count() as i64), plain, "{chosen:?}");
                let each = sum(SumBy { actor: true, exposes: true, day: true, import: true });
                assert_eq!(each.values().map(|s| s.requests as i64).sum::<i64>(), plain.0, "{chosen:?}");
            }
        }
    }
}
