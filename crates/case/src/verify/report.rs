use crate::api;
use ledger::TreeHead;

/// One thing that was checked, or why it was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// "schema", "database", "entries", "checkpoints", "signatures", "key", "anchor", "anchors", "memory", "timestamps",
    /// "imports", "inputs", "statements", "words", "rows", "postings", "blocks", "evidence".
    pub name: &'static str,
    /// None: not checked, and `says` tells why.
    pub ok: Option<bool>,
    pub says: String,
    /// Where it failed: a table and its rows, an entry, a byte range.
    pub place: Option<String>,
}

/// What the case as a whole is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything checked holds, but nothing outside the case vouches for it.
    Consistent,
    /// Everything checked holds, and the case begins with what this checkpoint says.
    Verified {
        anchor: TreeHead,
    },
    Mismatch,
}

#[derive(Clone, Debug)]
pub struct Report {
    pub verdict: Verdict,
    pub head: TreeHead,
    /// What was not covered first, then what failed, then what holds.
    pub checks: Vec<Check>,
}

/// Most failures of one kind that are listed; the others are counted.
const MOST_LISTED: usize = 50;

/// Collects checks while they are made.
#[derive(Default)]
pub struct Checks {
    list: Vec<Check>,
    /// Failures past the bound, by name.
    unlisted: Vec<(&'static str, u64)>,
}

impl Checks {
    pub fn holds(&mut self, name: &'static str, says: impl Into<String>) {
        self.list.push(Check { name, ok: Some(true), says: says.into(), place: None });
    }
    pub fn skipped(&mut self, name: &'static str, says: impl Into<String>) {
        self.list.push(Check { name, ok: None, says: says.into(), place: None });
    }
    pub fn failed(&mut self, name: &'static str, place: impl Into<String>, says: impl Into<String>) {
        let listed = self.list.iter().filter(|c| c.name == name && c.ok == Some(false)).count();
        if listed < MOST_LISTED {
            self.list.push(Check { name, ok: Some(false), says: says.into(), place: Some(place.into()) });
            return;
        }
        match self.unlisted.iter_mut().find(|(n, _)| *n == name) {
            Some((_, count)) => *count += 1,
            None => self.unlisted.push((name, 1)),
        }
    }
    /// Whether a check of this name failed so far.
    pub fn has_failed(&self, name: &str) -> bool {
        self.list.iter().any(|c| c.name == name && c.ok == Some(false))
    }

    /// The report; `anchor` is the checkpoint from outside that was found to hold.
    pub fn report(mut self, head: TreeHead, anchor: Option<TreeHead>) -> Report {
        for (name, count) in std::mem::take(&mut self.unlisted) {
            let says = format!("{count} further places failed and are not listed");
            self.list.push(Check { name, ok: Some(false), says, place: None });
        }
        let failed = self.list.iter().any(|c| c.ok == Some(false));
        let verdict = match anchor {
            _ if failed => Verdict::Mismatch,
            Some(anchor) => Verdict::Verified { anchor },
            None => Verdict::Consistent,
        };
        self.list.sort_by_key(|c| match c.ok {
            None => 0,
            Some(false) => 1,
            Some(true) => 2,
        });
        Report { verdict, head, checks: self.list }
    }
}

impl Report {
    /// False for a mismatch only.
    pub fn ok(&self) -> bool {
        self.verdict != Verdict::Mismatch
    }

    /// The verdict as the interface and the command line branch on it.
    pub fn word(&self) -> &'static str {
        match self.verdict {
            Verdict::Consistent => "consistent, not anchored",
            Verdict::Verified { .. } => "verified",
            Verdict::Mismatch => "mismatch",
        }
    }

    /// The verdict in words.
    pub fn sentence(&self) -> String {
        match &self.verdict {
            Verdict::Consistent => "consistent, not anchored".into(),
            Verdict::Verified { anchor } => {
                format!("verified against checkpoint of {} entries, root {}", anchor.size, hex::encode(anchor.root))
            }
            Verdict::Mismatch => {
                let first = self.checks.iter().find(|c| c.ok == Some(false));
                let place = first.and_then(|c| c.place.as_deref()).unwrap_or("the case");
                format!("MISMATCH at {place}: {}", first.map_or("", |c| c.says.as_str()))
            }
        }
    }

    pub fn to_api(&self) -> api::Verification {
        let check = |c: &Check| api::Check { name: c.name.into(), ok: c.ok, says: c.says.clone(), place: c.place.clone() };
        api::Verification {
            verdict: self.word().into(),
            ok: self.ok(),
            checks: self.checks.iter().map(check).collect(),
            root: hex::encode(self.head.root),
            entries: self.head.size.to_string(),
        }
    }
}
