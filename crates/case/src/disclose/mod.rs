//! Disclosure: chosen rows with their proofs, as a package that a stranger checks without this program
//! and in which fields are masked. Reading order: `choice`, `mask`, `collect`, `blocks`, `package`.
//! Source: docs/format.md, "Disclosure packages".

mod annex;
mod blocks;
mod choice;
mod collect;
mod mask;
mod open;
mod package;
mod table;

use crate::api::Filter;
use crate::entries;
use crate::error::{CaseError, Result};
use crate::import::{Statement, write_statements};
use crate::store::Store;
use ledger::Json;
use ledger::package::{Disclosed, PackageReport};
use std::path::{Path, PathBuf};

pub use ledger::package::PackageVerdict as Verdict;
pub use mask::Mask;
pub use open::{Opened, Trust, check_file, check_openings, is_package, trust};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// A view whose rows are rows of the case.
    pub view: String,
    pub filters: Vec<Filter>,
    pub from: Option<String>,
    pub to: Option<String>,
    /// What is masked.
    pub masks: Vec<Mask>,
    pub blocks: Blocks,
    /// An age recipient for the openings of masked fields.
    pub annex_to: Option<String>,
    /// Who gets the package: kept as a statement.
    pub recipient: Option<String>,
    pub out: PathBuf,
    pub overwrite: bool,
}

/// Whether bytes of the evidence go into the package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Blocks {
    /// Where nothing is masked.
    #[default]
    Unmasked,
    /// Where nothing masked is in them, by what masked rows cite and by the masked values themselves.
    Clean,
    None,
}

#[derive(Clone, Debug)]
pub struct Progress {
    pub phase: &'static str,
    pub done: u64,
    pub total: u64,
}

/// Stops by answering false.
pub type Watch<'w> = dyn FnMut(&Progress) -> bool + 'w;

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub disclosed: Disclosed,
    /// Number of the entry that tells of it.
    pub entry: u64,
    pub bytes: u64,
    /// SHA-256 of the package, hex.
    pub sha256: String,
    /// What is not in it, and why.
    pub remarks: Vec<String>,
    /// Of the pure verifier, over the package as written.
    pub report: PackageReport,
}

/// Most rows of one package.
pub const MOST_ROWS: usize = 1_000_000;

/// Writes a package and appends the entry `disclose`. Nothing stays at `out` where it fails; an entry
/// that was appended before a failure of the disk stays, and says so in the error.
pub fn disclose(case: &Path, wanted: &Wanted, watch: &mut Watch<'_>) -> Result<Outcome> {
    if wanted.out.exists() && !wanted.overwrite {
        return Err(CaseError::Exists(wanted.out.clone()));
    }
    let annex = wanted.annex_to.as_deref().map(annex::Recipient::read).transpose()?;
    let mut store = Store::open(case)?;
    // An older copy is told before any work, and the package begins from a signed head.
    crate::seal::sign_newest(&mut store)?;
    // Of a case that has keys every verifier refuses what none of them signed.
    crate::seal::refuse_unsigned(&store)?;
    let chosen = choice::choose(&store, wanted)?;
    let mut scratch = package::Scratch::beside(&wanted.out)?;
    let made = collect::collect(&store, wanted, &chosen, annex.as_ref(), &mut scratch, watch)?;
    let entry = append(&mut store, wanted, &made.disclosed)?;
    let (bytes, sha256) = package::write(&store, entry, &made, scratch, &wanted.out)?;
    let report = check_file(&wanted.out, &Trust::default())?;
    let collect::Made { disclosed, remarks, .. } = made;
    Ok(Outcome { disclosed, entry, bytes, sha256: hex::encode(sha256), remarks, report })
}

fn append(store: &mut Store, wanted: &Wanted, disclosed: &Disclosed) -> Result<u64> {
    let said = |kind: &str, value: &str| Statement { kind: kind.into(), about: None, value: Some(value.into()) };
    let mut statements: Vec<_> = wanted.filters.iter().map(|f| said("filter", &f.to_string())).collect();
    statements.extend(wanted.recipient.iter().map(|r| said("recipient", r)));
    let time = |t: &Option<String>| t.as_ref().map_or(Json::Null, |t| Json::Text(t.clone()));
    let params = Json::map([
        ("view", Json::from(wanted.view.as_str())),
        ("from", time(&wanted.from)),
        ("to", time(&wanted.to)),
        ("filters", Json::big(wanted.filters.len() as u64)),
        ("masks", Json::List(wanted.masks.iter().map(|m| Json::from(m.name())).collect())),
        ("blocks", Json::from(wanted.blocks.name())),
    ]);
    let disclosed = disclosed.to_json();
    entries::append(store, "disclose", |store, seq| {
        let outputs = write_statements(store, seq, &statements)?;
        Ok(vec![("params", params), ("disclosed", disclosed), ("outputs", outputs)])
    })
}

impl Blocks {
    pub fn read(name: &str) -> Result<Self> {
        let known = [Self::Unmasked, Self::Clean, Self::None].into_iter().find(|b| b.name() == name);
        known.ok_or_else(|| CaseError::BadFilter(format!("{name} is no choice of evidence: unmasked, clean, none")))
    }
    pub fn name(self) -> &'static str {
        match self {
            Self::Unmasked => "unmasked",
            Self::Clean => "clean",
            Self::None => "none",
        }
    }
}
