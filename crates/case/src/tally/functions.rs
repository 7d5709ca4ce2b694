//! SQL functions over stored sets.

use super::record::one_of;
use super::sets::{self, Union};
use crate::words::text_or_blob;
use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use std::collections::BTreeSet;

/// The union of the sets given, as a set or as its number of members.
struct SetUnion {
    count: bool,
}

pub fn damaged() -> rusqlite::Error {
    rusqlite::Error::UserFunctionError("a stored set of subjects is damaged; verify the case".into())
}

impl Aggregate<Union, Value> for SetUnion {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Union> {
        Ok(Union::default())
    }
    fn step(&self, ctx: &mut Context<'_>, union: &mut Union) -> rusqlite::Result<()> {
        match ctx.get_raw(0) {
            ValueRef::Null => Ok(()),
            ValueRef::Blob(b) if union.add(b) => Ok(()),
            _ => Err(damaged()),
        }
    }
    fn finalize(&self, _: &mut Context<'_>, union: Option<Union>) -> rusqlite::Result<Value> {
        let union = union.unwrap_or_default();
        Ok(if self.count {
            Value::Integer(union.count().cast_signed())
        } else {
            union.encode().0.map_or(Value::Null, Value::Blob)
        })
    }
}

/// The names in comma-separated lists, each once, sorted.
struct Kinds;

impl Aggregate<BTreeSet<String>, Option<String>> for Kinds {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<BTreeSet<String>> {
        Ok(BTreeSet::new())
    }
    fn step(&self, ctx: &mut Context<'_>, all: &mut BTreeSet<String>) -> rusqlite::Result<()> {
        if let ValueRef::Text(b) | ValueRef::Blob(b) = ctx.get_raw(0) {
            all.extend(String::from_utf8_lossy(b).split(',').filter(|k| !k.is_empty()).map(str::to_owned));
        }
        Ok(())
    }
    fn finalize(&self, _: &mut Context<'_>, all: Option<BTreeSet<String>>) -> rusqlite::Result<Option<String>> {
        Ok(all.filter(|a| !a.is_empty()).map(|a| a.into_iter().collect::<Vec<_>>().join(",")))
    }
}

/// The only one of some texts.
struct Only;

impl Aggregate<Option<Vec<u8>>, Option<Value>> for Only {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Option<Vec<u8>>> {
        Ok(None)
    }
    fn step(&self, ctx: &mut Context<'_>, only: &mut Option<Vec<u8>>) -> rusqlite::Result<()> {
        if let ValueRef::Text(b) | ValueRef::Blob(b) = ctx.get_raw(0)
            && only.as_deref() != Some(b)
        {
            *only = one_of(only.take(), Some(b.to_vec()));
        }
        Ok(())
    }
    fn finalize(&self, _: &mut Context<'_>, only: Option<Option<Vec<u8>>>) -> rusqlite::Result<Option<Value>> {
        only.flatten().map(|text| text_or_blob(&text).try_into()).transpose().map_err(|_| damaged())
    }
}

/// Adds the functions to a connection.
pub fn register(db: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    // set_size(set) → how many members
    db.create_scalar_function("set_size", 1, flags, |ctx| {
        Ok(match ctx.get_raw(0) {
            ValueRef::Null => 0,
            ValueRef::Blob(b) => sets::size(b).ok_or_else(damaged)?.cast_signed(),
            _ => return Err(damaged()),
        })
    })?;
    // set_union(set) → the members of all; set_count(set) → how many distinct ones
    db.create_aggregate_function("set_union", 1, flags, SetUnion { count: false })?;
    db.create_aggregate_function("set_count", 1, flags, SetUnion { count: true })?;
    // only_text(text) → the text, or "(several)"
    db.create_aggregate_function("only_text", 1, flags, Only)?;
    // kinds_union(names) → all names of comma-separated lists
    db.create_aggregate_function("kinds_union", 1, flags, Kinds)
}
