use evidence::Note;
use evidence::archive::{Limits, Member, MemberKind, Visit, walk_from};
use model::{Code, Stop};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::PathBuf;

pub use crate::shared::{memory as source, outside};

pub fn samples() -> PathBuf {
    crate::shared::samples("archives")
}

pub fn sample(name: &str) -> Vec<u8> {
    std::fs::read(samples().join(name)).unwrap()
}

pub fn table(name: &str) -> Vec<Vec<String>> {
    crate::shared::table(&samples().join(name))
}

/// Hash of a content the samples are made of.
pub fn content(name: &str) -> String {
    table("contents.tsv").into_iter().find(|r| r[0] == name).map(|r| r[2].clone()).unwrap()
}

pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub member: Member,
    pub bytes: u64,
    pub sha256: String,
    pub complete: bool,
}

impl Given {
    pub fn name(&self) -> String {
        String::from_utf8_lossy(&self.member.name).into_owned()
    }
}

/// Keeps what a walk tells and checks the order it is told in.
#[derive(Default)]
pub struct Record {
    pub given: Vec<Given>,
    pub notes: Vec<(u32, Note)>,
    pub longest_chunk: usize,
    /// Stops the walk after the end of this member.
    pub stop_after: u32,
    /// Members not wanted.
    pub refuse: Option<fn(&Member) -> bool>,
    /// Archives a resumed walk goes on in.
    pub within: Vec<Member>,
    pub known: BTreeSet<u32>,
    pub open: Option<(Member, Sha256, u64)>,
}

impl Visit for Record {
    fn begin(&mut self, member: &Member) -> Result<bool, Stop> {
        assert!(self.open.is_none(), "members interleave");
        assert!(member.parent < member.ordinal);
        let known = member.parent == 0 || self.known.contains(&member.parent);
        assert!(known, "{} comes without its archive {}", member.ordinal, member.parent);
        self.known.insert(member.ordinal);
        self.open = Some((member.clone(), Sha256::new(), 0));
        Ok(!self.refuse.is_some_and(|r| r(member)))
    }
    fn bytes(&mut self, chunk: &[u8]) -> Result<(), Stop> {
        assert!(!chunk.is_empty());
        self.longest_chunk = self.longest_chunk.max(chunk.len());
        let (member, hash, n) = self.open.as_mut().unwrap();
        assert!(!self.refuse.is_some_and(|r| r(member)));
        hash.update(chunk);
        *n += chunk.len() as u64;
        Ok(())
    }
    fn end(&mut self, member: &Member, complete: bool) -> Result<(), Stop> {
        let (begun, hash, bytes) = self.open.take().unwrap();
        assert_eq!(&begun, member);
        let noted = || self.notes.iter().any(|(m, _)| *m == member.ordinal);
        assert!(complete || noted(), "{} is incomplete without a note", member.ordinal);
        self.given.push(Given { member: begun, bytes, sha256: hex::encode(hash.finalize()), complete });
        if self.stop_after == member.ordinal { Err(Stop::Cancelled) } else { Ok(()) }
    }
    fn note(&mut self, member: u32, note: Note) -> Result<(), Stop> {
        if let Some((open, ..)) = &self.open {
            assert_eq!(open.ordinal, member, "a note on {member} within {}", open.ordinal);
        }
        self.notes.push((member, note));
        Ok(())
    }
    fn within(&mut self, archive: &Member) -> Result<(), Stop> {
        assert!(self.given.is_empty() && self.notes.is_empty() && self.open.is_none());
        self.known.insert(archive.ordinal);
        self.within.push(archive.clone());
        Ok(())
    }
}

impl Record {
    pub fn codes(&self, member: u32) -> Vec<Code> {
        self.notes.iter().filter(|(m, _)| *m == member).map(|(_, n)| n.code).collect()
    }
    pub fn named(&self, name: &str) -> &Given {
        self.given.iter().find(|g| g.name() == name).unwrap_or_else(|| panic!("no member {name}"))
    }
    pub fn kinds(&self, kind: MemberKind) -> Vec<String> {
        self.given.iter().filter(|g| g.member.kind == kind).map(Given::name).collect()
    }
}

pub fn walk_with(bytes: &[u8], name: &str, limits: &Limits, start_after: u32, record: &mut Record) {
    match walk_from(source(bytes.to_vec()), name.as_bytes(), limits, start_after, record) {
        Ok(()) => {}
        Err(Stop::Cancelled) if record.stop_after > 0 => {}
        Err(e) => panic!("{name}: {e}"),
    }
}

pub fn walked(name: &str) -> Record {
    walked_bytes(&sample(name), name)
}

pub fn walked_bytes(bytes: &[u8], name: &str) -> Record {
    let mut record = Record::default();
    walk_with(bytes, name, &Limits::default(), 0, &mut record);
    record
}
