//! Makes the lines of a package: rows in their order, masked, counted; and which evidence is shown.

use super::annex::{Annex, Recipient};
use super::blocks::Shown;
use super::choice::Chosen;
use super::mask::{Finder, Values, mask};
use super::package::Scratch;
use super::table::ViewTable;
use super::{Blocks, Progress, Wanted, Watch};
use crate::entries;
use crate::error::{CaseError, Result};
use crate::proved_rows::ProvedRows;
use crate::store::Store;
use ledger::package::{Counter, Disclosed, PackageRow, PackageTable};
use ledger::{Entry, Hash, ProofField, ProofRow, header_spans, row_leaf};
use model::Table;
use std::collections::BTreeSet;

/// Most sources of one import that a package shows.
const MOST_SOURCES: usize = 1_000_000;

/// What lies in the scratch folder, and what the entry will say of it.
pub struct Made {
    pub disclosed: Disclosed,
    pub remarks: Vec<String>,
}

pub fn table_of(table: Table) -> PackageTable {
    match table {
        Table::Source => PackageTable::Source,
        Table::File => PackageTable::File,
        Table::Event => PackageTable::Event,
        Table::Finding => PackageTable::Finding,
    }
}

pub fn collect(
    store: &Store,
    wanted: &Wanted,
    chosen: &Chosen,
    recipient: Option<&Recipient>,
    scratch: &mut Scratch,
    watch: &mut Watch<'_>,
) -> Result<Made> {
    let (_, all) = entries::chain(store)?;
    let total = chosen.rows.values().map(|rows| rows.len() as u64).sum();
    let finder = finder(store, &all, wanted, chosen, &mut Told { watch, phase: "values", done: 0, total })?;
    let mut annex = recipient.map(|r| Annex::begin(r, scratch)).transpose()?;
    let mut counter = Counter::default();
    let mut view = ViewTable::begin(&scratch.path("view.sqlite"))?;
    let mut rows_out = scratch.file("rows.jsonl")?;
    let mut shown = Shown::default();
    let mut remarks: Vec<String> = chosen
        .unsealed
        .iter()
        .map(|(n, rows)| format!("{rows} rows of import {n}, which is not sealed, are under no root and were left out"))
        .collect();
    let mut told = Told { watch, phase: "rows", done: 0, total };
    for (import, wanted_rows) in &chosen.rows {
        let mut rows = ProvedRows::open(store, &all, *import)?;
        let seal = rows.seal().head.seq;
        // Sources come first in a package: those that the rows lead to, and all above them.
        let mut sources = BTreeSet::new();
        for (table, number) in wanted_rows {
            match table {
                Table::Source => drop(sources.insert(u32::try_from(*number).unwrap_or(u32::MAX))),
                _ => sources.extend(rows.spans(*table, *number)?.iter().map(|s| s.source)),
            }
        }
        let sources = rows.with_parents(&sources.into_iter().collect::<Vec<_>>(), MOST_SOURCES)?;
        let order = sources.iter().map(|s| (Table::Source, u64::from(*s)));
        for (table, number) in order.chain(wanted_rows.iter().filter(|(t, _)| *t != Table::Source).copied()) {
            let kind = table_of(table);
            let mut row = rows.prove(table, number)?;
            let spans = header_spans(&row.tag, &row.header).unwrap_or_default();
            let leaf = leaf_of(*import, &row)?;
            let hidden = mask(&wanted.masks, &finder, kind, &mut row);
            let numbers = hidden.iter().map(|(n, _)| usize::from(*n));
            counter.row((*import, kind), seal, rows.head(table).size, &leaf, numbers);
            if let Some(annex) = &mut annex {
                annex.row(*import, kind, number, &hidden)?;
            }
            shown.row(*import, &spans, hidden.is_empty());
            view.row(*import, kind, &row)?;
            rows_out.line(&PackageRow { entry: seal, import: *import, row }.to_json())?;
            told.one()?;
        }
    }
    rows_out.finish()?;
    view.finish()?;
    let annex = annex.map(Annex::finish).transpose()?;
    let blocks = match wanted.blocks {
        Blocks::Unmasked if !wanted.masks.is_empty() => Blocks::None,
        other => other,
    };
    if blocks == Blocks::None {
        remarks.push("no bytes of the evidence are shown".into());
    }
    told.phase("evidence")?;
    shown.write(store, &all, blocks, &finder, scratch, &mut counter, &mut remarks)?;
    Ok(Made { disclosed: counter.disclosed(annex), remarks })
}

/// A first pass for the values that are masked, since what one row masks may stand in another.
fn finder(store: &Store, all: &[Entry], wanted: &Wanted, chosen: &Chosen, told: &mut Told<'_, '_>) -> Result<Finder> {
    let mut values = Values::default();
    if !wanted.masks.is_empty() {
        for (import, wanted_rows) in &chosen.rows {
            let rows = ProvedRows::open(store, all, *import)?;
            for (table, number) in wanted_rows {
                values.add(&wanted.masks, table_of(*table), &rows.unproved(*table, *number)?)?;
                told.one()?;
            }
        }
    }
    values.finder()
}

fn leaf_of(import: u32, row: &ProofRow) -> Result<Hash> {
    let commitments: Option<Vec<Hash>> = (0u8..).zip(&row.fields).map(|(n, f)| ProofField::commitment(f, n)).collect();
    let commitments = commitments.ok_or_else(|| CaseError::Ledger(format!("row {} of {} is damaged", row.row, row.table)))?;
    Ok(row_leaf(&row.tag, import, row.row, &row.header, &commitments))
}

struct Told<'w, 'f> {
    watch: &'w mut Watch<'f>,
    phase: &'static str,
    done: u64,
    total: u64,
}

impl Told<'_, '_> {
    fn phase(&mut self, phase: &'static str) -> Result<()> {
        self.phase = phase;
        self.tell()
    }
    fn tell(&mut self) -> Result<()> {
        let progress = Progress { phase: self.phase, done: self.done.min(self.total), total: self.total };
        if (self.watch)(&progress) { Ok(()) } else { Err(CaseError::Cancelled) }
    }
    fn one(&mut self) -> Result<()> {
        self.done += 1;
        if self.done.is_multiple_of(256) { self.tell() } else { Ok(()) }
    }
}
