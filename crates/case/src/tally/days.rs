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

/// The chosen requests, summed.
pub fn sum(db: &Connection, chosen: &Chosen, by: SumBy) -> rusqlite::Result<HashMap<SumKey, DaySum>> {
    let mut all = Gathered { by, of: HashMap::new(), gathered: 0 };
    let imports = db.prepare_cached("SELECT n FROM import ORDER BY n")?.query_map([], |r| r.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    for import in imports.into_iter().filter(|n| chosen.imports.as_ref().is_none_or(|all| all.contains(n))) {
        if let Some(actors) = &chosen.actors {
            all.of_actors(db, import, actors, chosen)?;
        } else {
            all.of_import(db, import, chosen)?;
        }
    }
    Ok(all.of)
}

const COLUMNS: &str = "SELECT day, actor, exposes, requests, first, last, subjects, third_parties FROM tally";

struct Gathered {
    by: SumBy,
    of: HashMap<SumKey, DaySum>,
    gathered: usize,
}

impl Gathered {
    /// All rows of the days, span by span.
    fn of_import(&mut self, db: &Connection, import: i64, chosen: &Chosen) -> rusqlite::Result<()> {
        let served = if chosen.served { " AND served = 1" } else { "" };
        let mut rows = db.prepare_cached(&format!("{COLUMNS} WHERE import = ?1 AND n >= ?2 AND n < ?3{served}"))?;
        let mut places = Places::of(db, import)?;
        if chosen.from.is_none() && chosen.to.is_none() {
            return self.read(import, rows.query([import, 0, places.rows])?);
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
                self.read(import, rows.query([import, low, high])?)?;
            }
        }
        Ok(())
    }

    /// Rows of few actors, by the index on them.
    fn of_actors(&mut self, db: &Connection, import: i64, actors: &[Value], chosen: &Chosen) -> rusqlite::Result<()> {
        let marks = vec!["?"; actors.len()].join(",");
        let served = if chosen.served { " AND served = 1" } else { "" };
        let mut sql = format!("{COLUMNS} WHERE actor IN ({marks}) AND +import = {import}{served}");
        for (bound, op) in [(chosen.from, ">="), (chosen.to, "<")] {
            if let Some(day) = bound {
                sql.push_str(&format!(" AND day {op} {day}"));
            }
        }
        let mut rows = db.prepare(&sql)?;
        self.read(import, rows.query(params_from_iter(actors))?)
    }

    fn read(&mut self, import: i64, mut rows: rusqlite::Rows<'_>) -> rusqlite::Result<()> {
        let by = self.by;
        while let Some(row) = rows.next()? {
            let stored = |wanted: bool, column: usize| if wanted { Stored::of(row.get_ref(column)?) } else { Ok(Stored::Null) };
            let key = SumKey {
                actor: stored(by.actor, 1)?,
                exposes: stored(by.exposes, 2)?,
                day: if by.day { row.get(0)? } else { None },
                import: by.import.then_some(import),
            };
            self.gathered += self.of.entry(key).or_default().row(row)?;
            if self.gathered > MOST_GATHERED {
                self.gathered = 0;
                for sum in self.of.values_mut() {
                    sum.subjects.close();
                    sum.third_parties.close();
                }
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
                let all = sum(&db, &chosen, SumBy::default()).unwrap().into_values().next().unwrap_or_default();
                assert_eq!((all.requests as i64, all.subjects.encode().1 as i64), plain, "{chosen:?}");
                let each = sum(&db, &chosen, SumBy { actor: true, exposes: true, day: true, import: true }).unwrap();
                assert_eq!(each.values().map(|s| s.requests as i64).sum::<i64>(), plain.0, "{chosen:?}");
            }
        }
    }
}
