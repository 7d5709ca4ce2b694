//! Which rows are exported.

use super::Wanted;
use super::scan::Which;
use crate::api::Query;
use crate::columns::split_id;
use crate::error::{CaseError, Result};
use crate::store::Store;
use crate::view::{Engine, parse_filter, parse_time, register, view};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Chosen rows by import.
pub enum Selection {
    All,
    /// Events from one time, inclusive, to another, exclusive.
    Between(i64, i64),
    /// Events that a view shows under the filters, one bit a row: 100 million rows take 12 MB.
    Chosen(BTreeMap<u32, Arc<Vec<u64>>>),
}

impl Selection {
    /// `rows` of events by import.
    pub fn of(store: &Store, wanted: &Wanted, rows: &BTreeMap<u32, u64>) -> Result<Self> {
        let time = |text: &Option<String>, none: i64| match text {
            None => Ok(none),
            Some(t) => parse_time(t).ok_or_else(|| CaseError::BadFilter(format!("{t} is no time such as 2025-06-24T07:20:34Z"))),
        };
        let (from, to) = (time(&wanted.from, i64::MIN)?, time(&wanted.to, i64::MAX)?);
        if wanted.filters.is_empty() {
            let all = wanted.from.is_none() && wanted.to.is_none();
            return Ok(if all { Self::All } else { Self::Between(from, to) });
        }
        let timeline = view("timeline").ok_or_else(|| CaseError::NoSuchView("timeline".into()))?;
        let filters = wanted.filters.iter().map(|f| parse_filter(f)).collect::<Result<_>>()?;
        let query = Query { filters, from: wanted.from.clone(), to: wanted.to.clone(), order: None, descending: false };
        let words = |rows: &u64| usize::try_from(rows.div_ceil(64)).unwrap_or(0);
        let mut bits: BTreeMap<u32, Vec<u64>> = rows.iter().map(|(n, rows)| (*n, vec![0; words(rows)])).collect();
        register(&store.db)?;
        Engine::new(&store.db, timeline).each(&query, &mut |row| {
            let (import, number) = split_id(row.id.unwrap_or(0));
            let word = bits.get_mut(&import).and_then(|b| b.get_mut(usize::try_from(number / 64).ok()?));
            // A row of an import that is not sealed has no bit.
            if let Some(word) = word {
                *word |= 1 << (number % 64);
            }
            Ok(true)
        })?;
        Ok(Self::Chosen(bits.into_iter().map(|(n, b)| (n, Arc::new(b))).collect()))
    }

    pub fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    /// Events of one import.
    pub fn events(&self, import: u32) -> Which {
        match self {
            Self::All => Which::All,
            Self::Between(from, to) => Which::Between(*from, *to),
            Self::Chosen(all) => Which::Bits(all.get(&import).cloned().unwrap_or_default()),
        }
    }
}
