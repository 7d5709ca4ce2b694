//! What a `disclose` entry says of its package.

use super::{PackageRange, PackageTable};
use crate::{Frontier, Hash, Json, TreeHead, leaf_hash};
use std::collections::{BTreeMap, BTreeSet};

/// Rows of one table of one import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub shown: u64,
    /// Rows of its tree, or of its trees for statements.
    pub of: u64,
    /// Rows that were asked for and left out.
    pub hidden: u64,
}

/// The member `disclosed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosed {
    pub rows: BTreeMap<(u32, PackageTable), Tally>,
    /// Over the row leaves, as data, in the order of the package.
    pub root: Hash,
    pub masked: BTreeMap<String, u64>,
    /// Number of ranges and root over their leaves.
    pub blocks: TreeHead,
    pub annex: Option<Hash>,
}

impl Disclosed {
    pub fn to_json(&self) -> Json {
        let row = |((import, table), t): (&(u32, PackageTable), &Tally)| {
            Json::map([
                ("hidden", Json::big(t.hidden)),
                ("import", Json::from(*import)),
                ("of", Json::big(t.of)),
                ("shown", Json::big(t.shown)),
                ("table", Json::from(table.name())),
            ])
        };
        let count = |n: u64| Json::Int(i64::try_from(n).unwrap_or(i64::MAX));
        Json::map([
            ("annex", self.annex.map_or(Json::Null, |a| Json::hex(&a))),
            ("blocks", Json::map([("ranges", Json::big(self.blocks.size)), ("root", Json::hex(&self.blocks.root))])),
            ("masked", Json::map(self.masked.iter().map(|(name, n)| (name.as_str(), count(*n))))),
            ("root", Json::hex(&self.root)),
            ("rows", Json::List(self.rows.iter().map(row).collect())),
        ])
    }

    pub fn read(json: &Json) -> Option<Self> {
        let mut rows = BTreeMap::new();
        let mut last = None;
        for row in json.get("rows")?.as_list()? {
            let import = u32::try_from(row.get("import")?.as_int()?).ok()?;
            let key = (import, PackageTable::of_name(row.get("table")?.as_text()?)?);
            let big = |name| row.get(name).and_then(Json::as_big);
            let tally = Tally { shown: big("shown")?, of: big("of")?, hidden: big("hidden")? };
            if last >= Some(key) {
                return None;
            }
            last = Some(key);
            rows.insert(key, tally);
        }
        let Json::Map(masked) = json.get("masked")? else { return None };
        let masked = masked.iter().map(|(name, n)| Some((name.clone(), u64::try_from(n.as_int()?).ok()?)));
        let blocks = json.get("blocks")?;
        let annex = match json.get("annex")? {
            Json::Null => None,
            digest => Some(digest.as_hash()?),
        };
        Some(Self {
            rows,
            root: json.get("root")?.as_hash()?,
            masked: masked.collect::<Option<_>>()?,
            blocks: TreeHead { size: blocks.get("ranges")?.as_big()?, root: blocks.get("root")?.as_hash()? },
            annex,
        })
    }
}

/// Counts what goes into a package, or what is found in one, in its order.
#[derive(Default)]
pub struct Counter {
    rows: BTreeMap<(u32, PackageTable), Tally>,
    /// Trees whose size is counted in `of`.
    trees: BTreeSet<(u32, PackageTable, u64)>,
    leaves: Frontier,
    masked: BTreeMap<String, u64>,
    ranges: Frontier,
}

impl Counter {
    /// A row with its leaf; `entry` and `of` name its tree, `masked` its masked fields by number.
    pub fn row(&mut self, key: (u32, PackageTable), entry: u64, of: u64, leaf: &Hash, masked: impl Iterator<Item = usize>) {
        let tally = self.rows.entry(key).or_default();
        tally.shown = tally.shown.saturating_add(1);
        if self.trees.insert((key.0, key.1, entry)) {
            tally.of = tally.of.saturating_add(of);
        }
        self.leaves.push(leaf_hash(leaf), |_, _, _| {});
        for field in masked {
            let n = self.masked.entry(key.1.masked_name(field)).or_default();
            *n = n.saturating_add(1);
        }
    }
    pub fn range(&mut self, range: &PackageRange, digest: &Hash) {
        self.ranges.push(range.leaf(digest), |_, _, _| {});
    }
    /// With no row hidden.
    pub fn disclosed(self, annex: Option<Hash>) -> Disclosed {
        let blocks = self.ranges.head();
        Disclosed { rows: self.rows, root: self.leaves.root(), masked: self.masked, blocks, annex }
    }
}
