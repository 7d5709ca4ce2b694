//! The fields that a profile names: roles, what is kept, what must be there.

use super::fields::{FieldMap, Join, Nested};
use super::json_lines::PathTree;
use super::pattern::valid_name;
use super::profile::{ProfileError, Role};
use super::schema::{ACTIONS, RESERVED, Source};
use super::schema_tables::{ActionsTable, Text};
use model::Action;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// `["a", "b.c"]`, or names of the row with the fields they come from.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Keep {
    List(Vec<String>),
    Named(BTreeMap<String, OneOrMany>),
}

/// Which texts of which fields name another action.
pub(super) struct Actions {
    fields: Vec<String>,
    named: Vec<(Vec<u8>, Action)>,
}

impl Actions {
    pub fn new(table: &ActionsTable) -> Self {
        let lists = [&table.requested, &table.logged, &table.called, &table.sign_in];
        let named =
            ACTIONS.iter().zip(lists).flat_map(|((_, action), words)| words.iter().map(|w| (w.as_bytes().to_vec(), *action)));
        Self { fields: table.field.all().to_vec(), named: named.collect() }
    }
}

/// Numbers the fields that are named.
#[derive(Default)]
struct Slots {
    names: Vec<String>,
    joins: Vec<String>,
}

/// A slot while not all names are known yet.
#[derive(Clone, Copy)]
enum Wanted {
    Field(usize),
    Join(usize),
}

fn place(list: &mut Vec<String>, text: &str) -> usize {
    list.iter().position(|n| n == text).unwrap_or_else(|| {
        list.push(text.to_owned());
        list.len().saturating_sub(1)
    })
}

impl Slots {
    fn wanted(&mut self, text: &str) -> Wanted {
        if text.contains('{') { Wanted::Join(place(&mut self.joins, text)) } else { Wanted::Field(place(&mut self.names, text)) }
    }
    fn all(&mut self, texts: &[String]) -> Vec<Wanted> {
        texts.iter().map(|t| self.wanted(t)).collect()
    }
}

/// Time, roles, what is kept, what must be there, and the nested field of one table.
pub(super) type Written<'t> = (
    Option<&'t Text>,
    &'t BTreeMap<Text, OneOrMany>,
    Option<&'t Spanned<Keep>>,
    &'t [OneOrMany],
    (Option<&'t Text>, &'t [String]),
);

pub(super) fn field_map(
    source: &Source<'_>,
    table: &str,
    (time, fields, keep, require, (nested, within)): Written<'_>,
    actions: Option<&Actions>,
) -> Result<FieldMap, ProfileError> {
    let mut slots = Slots::default();
    let mut roles = vec![Vec::new(); Role::COUNT];
    for (name, candidates) in fields {
        let key = format!("{table}.fields");
        let Some(role) = Role::from_name(name.get_ref()) else {
            let known: Vec<&str> = Role::ALL.iter().map(|r| r.name()).collect();
            let m = format!("one of {}, object, this is {:?}", known.join(", "), name.get_ref());
            return Err(source.error(name.span(), &key, m));
        };
        let candidates = candidates.all();
        if candidates.is_empty() || candidates.iter().any(String::is_empty) {
            return Err(source.error(name.span(), &key, "a role needs at least one field, and no empty name"));
        }
        if let Some(list) = roles.get_mut(role as usize) {
            *list = slots.all(candidates);
        }
    }
    let mut kept: Vec<(String, Vec<Wanted>)> = Vec::new();
    if let Some(keep) = keep {
        let named: Vec<(String, &[String])> = match keep.get_ref() {
            Keep::List(paths) => paths.iter().map(|p| (row_name(p), std::slice::from_ref(p))).collect(),
            Keep::Named(map) => map.iter().map(|(name, paths)| (name.clone(), paths.all())).collect(),
        };
        for (name, paths) in named {
            if !valid_name(&name) || kept.iter().any(|k| k.0 == name) || RESERVED.contains(&name.as_str()) {
                let m = format!("the name {name:?} in the row is not of a-z, 0-9 and _, or taken");
                return Err(source.error(keep.span(), &format!("{table}.keep"), m));
            }
            kept.push((name, slots.all(paths)));
        }
    }
    let require: Vec<Vec<Wanted>> = require.iter().map(|r| slots.all(r.all())).collect();
    let named = actions.map(|a| (slots.all(&a.fields), a.named.clone()));
    let within_at: Vec<usize> = within.iter().map(|name| place(&mut slots.names, name)).collect();
    let nested_at = nested.map(|n| place(&mut slots.names, n.get_ref()));

    // Joins may name fields of their own, so that slots of joins are counted after them.
    let mut joins = Vec::new();
    for text in slots.joins.clone() {
        let at = fields.keys().next().map_or(0..0, Spanned::span);
        let join = Join::new(&text, |name| place(&mut slots.names, name));
        joins.push(join.map_err(|m| source.error(at, &format!("{table}.fields"), format!("{text:?}: {m}")))?);
    }
    let count = slots.names.len();
    let slot = |w: &Wanted| match w {
        Wanted::Field(n) => *n,
        Wanted::Join(n) => count.saturating_add(*n),
    };
    let list = |w: &Vec<Wanted>| w.iter().map(slot).collect::<Vec<usize>>();
    let prefix = nested.map(|n| format!("{}.", n.get_ref()));
    let inner = |name: &&String| prefix.as_ref().is_some_and(|p| name.starts_with(p));
    // A nested path keeps its slot; the outer tree has an empty path there, which nothing has.
    let outer: Vec<String> = slots.names.iter().map(|n| if inner(&n) { String::new() } else { n.clone() }).collect();
    let nested = nested_at.zip(prefix.as_ref()).map(|(slot, prefix)| {
        let within = slots.names.iter().enumerate().filter_map(|(n, name)| Some((n, name.strip_prefix(prefix)?.to_owned())));
        let (slots, paths): (Vec<usize>, Vec<String>) = within.unzip();
        Nested { slot, tree: PathTree::new(&paths), slots }
    });
    let every: Vec<usize> = (0..slots.names.len()).collect();
    let within = within_at.into_iter().map(|slot| Nested { slot, tree: PathTree::new(&outer), slots: every.clone() });
    let nested = within.chain(nested).collect();
    Ok(FieldMap {
        tree: PathTree::new(&outer),
        joins,
        time: source.time(&format!("{table}.time"), time)?,
        roles: roles.iter().map(list).collect(),
        keep: kept.iter().map(|(name, w)| (name.clone(), list(w))).collect(),
        require: require.iter().map(list).collect(),
        nested,
        actions: named.map(|(fields, named)| (list(&fields), named)),
        names: slots.names,
    })
}

/// The name in the row of a field that is kept by its path.
fn row_name(path: &str) -> String {
    path.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}
