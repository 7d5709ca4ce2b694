use crate::{Json, TreeHead};

/// What a package as a whole is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackageVerdict {
    /// Everything holds, and a checkpoint or key from elsewhere vouches for it.
    Verified,
    /// Everything holds; nothing from outside the package vouches for it.
    Consistent,
    Mismatch,
}

impl PackageVerdict {
    pub fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Consistent => "consistent",
            Self::Mismatch => "mismatch",
        }
    }
}

/// Something that does not hold, and where: `zip`, `checkpoint`, `entry 3`, `import 1 event row 7`,
/// `disclosure`, `import 1 source 2 block 0`, `anchor 4`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFault {
    pub place: String,
    pub says: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageReport {
    pub verdict: PackageVerdict,
    /// What was not shown, or could not be judged: comes first in every report.
    pub not_covered: Vec<String>,
    pub faults: Vec<PackageFault>,
    /// What was judged and is no fault: who signed, which anchors hold, a clock that ran backwards.
    pub notes: Vec<String>,
    pub rows: u64,
    pub entries: u64,
    /// Of the checkpoint, where there is one.
    pub head: Option<TreeHead>,
}

/// Most faults that are listed.
const MOST_FAULTS: usize = 200;

impl PackageReport {
    pub(super) fn new() -> Self {
        let verdict = PackageVerdict::Consistent;
        Self { verdict, not_covered: Vec::new(), faults: Vec::new(), notes: Vec::new(), rows: 0, entries: 0, head: None }
    }
    pub(super) fn fault(&mut self, place: impl Into<String>, says: impl Into<String>) {
        self.verdict = PackageVerdict::Mismatch;
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(PackageFault { place: place.into(), says: says.into() });
        }
    }

    /// The report of a package that could not be taken apart.
    pub fn of_bad_zip(says: &str) -> Self {
        let mut report = Self::new();
        report.fault("zip", says);
        report
    }

    /// The form that all verifiers answer in.
    pub fn to_json(&self) -> Json {
        let texts = |list: &[String]| Json::List(list.iter().map(|t| Json::from(t.as_str())).collect());
        let fault =
            |f: &PackageFault| Json::map([("place", Json::from(f.place.as_str())), ("says", Json::from(f.says.as_str()))]);
        let count = |n: u64| Json::Int(i64::try_from(n).unwrap_or(i64::MAX));
        Json::map([
            ("verdict", Json::from(self.verdict.word())),
            ("not_covered", texts(&self.not_covered)),
            ("faults", Json::List(self.faults.iter().map(fault).collect())),
            ("notes", texts(&self.notes)),
            ("rows", count(self.rows)),
            ("entries", count(self.entries)),
            ("size", count(self.head.map_or(0, |h| h.size))),
            ("root", self.head.map_or(Json::Null, |h| Json::hex(&h.root))),
        ])
    }
}
