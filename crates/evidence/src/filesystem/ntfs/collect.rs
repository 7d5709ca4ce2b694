use super::file_name::{FileName, Namespace, to_wtf8};
use super::mft::Mft;
use super::record::{Attribute, Attributes, Body, Header, Reference, kind};
use super::runs;
use super::standard_information::StandardInformation;
use model::{FieldError, Run, Stream};

/// A name of a record; `at` is where its $FILE_NAME lies in the table.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub at: u64,
    pub parent: Reference,
    pub times: [u64; 4],
    pub namespace: Namespace,
    /// UTF-8, lone surrogates as WTF-8.
    pub text: Vec<u8>,
}

/// A stream of a record and what the vocabulary of all file systems does not hold of it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub kind: u32,
    pub stream: Stream,
    /// Clusters of a compression unit as a power of two.
    pub unit: u16,
    /// The content itself, where it is resident.
    pub resident: Option<Vec<u8>>,
    /// (first cluster of the piece, runs).
    pieces: Vec<(u64, Vec<Run>)>,
    /// The piece that holds the sizes was seen.
    sized: bool,
    /// Part of the run list is damaged or missing.
    pub broken: bool,
}

/// What is kept of a record's attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// $DATA and all that describes the file.
    File,
    /// The parts of its name index as well.
    Index,
}

/// What a base record and its extension records say together.
#[derive(Debug)]
pub(super) struct Collected {
    pub number: u64,
    pub header: Header,
    pub standard: Option<(StandardInformation, u64)>,
    pub names: Vec<Name>,
    pub streams: Vec<Found>,
    pub reparse: Option<Vec<u8>>,
    pub descriptor: Option<Vec<u8>>,
    pub volume_name: Option<Vec<u8>>,
    pub volume_information: Option<Vec<u8>>,
    pub index_root: Option<(u64, Vec<u8>)>,
    pub list: Option<Found>,
    /// Extension records that were read, as numbers.
    pub extensions: Vec<u64>,
    /// (offset in the table, what was wrong).
    pub damage: Vec<(u64, FieldError)>,
    /// Extension records named by the list that are no longer this file's.
    pub missing: u32,
}

/// NTFS keeps attribute lists below this.
pub(super) const MAX_LIST: u64 = 256 << 10;
/// Windows allows 1,024 links, each with a short name.
const MAX_NAMES: usize = 4096;
const MAX_STREAMS: usize = 4096;

impl Collected {
    pub fn new(number: u64, header: Header) -> Self {
        Self {
            number,
            header,
            standard: None,
            names: Vec::new(),
            streams: Vec::new(),
            reparse: None,
            descriptor: None,
            volume_name: None,
            volume_information: None,
            index_root: None,
            list: None,
            extensions: Vec::new(),
            damage: Vec::new(),
            missing: 0,
        }
    }

    /// Takes the attributes of one record, the base record first. Returns where they end.
    pub fn take(&mut self, mft: &Mft, number: u64, record: &[u8], header: &Header, cluster_size: u64, want: Want) -> usize {
        let start = mft.start(number);
        let mut attributes = Attributes::new(record, header);
        for attribute in &mut attributes {
            let taken = attribute.and_then(|a| self.attribute(mft, start, &a, cluster_size, want));
            if let Err(e) = taken {
                self.damage.push((start.saturating_add(e.at), e));
            }
        }
        attributes.position()
    }

    fn attribute(&mut self, mft: &Mft, start: u64, a: &Attribute<'_>, cluster_size: u64, want: Want) -> Result<(), FieldError> {
        let at = match a.body {
            Body::Resident { at, .. } => at as u64,
            Body::NonResident { .. } => 0,
        };
        let placed = start.saturating_add(at);
        match (a.kind, a.resident()) {
            (kind::STANDARD_INFORMATION, Some(content)) => {
                self.standard = self.standard.or(Some((StandardInformation::parse(content, at)?, placed)));
            }
            (kind::FILE_NAME, Some(content)) => {
                let n = FileName::parse(content, at)?;
                bounded("names", at, self.names.len(), MAX_NAMES)?;
                let text = to_wtf8(n.name);
                self.names.push(Name { at: placed, parent: n.parent, times: n.times, namespace: n.namespace, text });
            }
            (kind::SECURITY_DESCRIPTOR, Some(content)) => self.descriptor = Some(content.to_vec()),
            (kind::VOLUME_NAME, Some(content)) => self.volume_name = Some(to_wtf8(content)),
            (kind::VOLUME_INFORMATION, Some(content)) => self.volume_information = Some(content.to_vec()),
            (kind::REPARSE_POINT, Some(content)) => self.reparse = Some(content.to_vec()),
            (kind::INDEX_ROOT, Some(content)) if want == Want::Index && is_i30(a.name) => {
                self.index_root = Some((placed, content.to_vec()));
            }
            (kind::ATTRIBUTE_LIST, _) => {
                let list = self.list.get_or_insert_with(|| Found::new(a.kind, Vec::new()));
                list.add(mft, start, a, cluster_size)?;
            }
            (kind::DATA, _) => self.stream(mft, start, a, cluster_size)?,
            (kind::INDEX_ALLOCATION | kind::BITMAP, _) if want == Want::Index && is_i30(a.name) => {
                self.stream(mft, start, a, cluster_size)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn stream(&mut self, mft: &Mft, start: u64, a: &Attribute<'_>, cluster_size: u64) -> Result<(), FieldError> {
        let name = to_wtf8(a.name);
        let known = self.streams.iter().position(|s| s.kind == a.kind && s.stream.name == name && s.resident.is_none());
        if known.is_none() {
            bounded("streams", start, self.streams.len(), MAX_STREAMS)?;
            self.streams.push(Found::new(a.kind, name));
        }
        let found = match known {
            Some(index) => self.streams.get_mut(index),
            None => self.streams.last_mut(),
        };
        found.map_or(Ok(()), |f| f.add(mft, start, a, cluster_size))
    }

    /// Puts the pieces of every stream together; call once, after the last record was taken.
    pub fn finish(&mut self) {
        let lost = self.missing > 0;
        for found in self.streams.iter_mut().chain(self.list.as_mut()) {
            found.join(lost);
        }
    }

    pub fn find(&self, kind: u32, name: &[u8]) -> Option<&Found> {
        self.streams.iter().find(|s| s.kind == kind && s.stream.name == name)
    }
}

fn is_i30(name: &[u8]) -> bool {
    name == b"$\0I\x003\x000\0"
}

/// An error where a record holds more of something than is kept.
fn bounded(field: &'static str, at: u64, held: usize, most: usize) -> Result<(), FieldError> {
    if held < most {
        return Ok(());
    }
    Err(FieldError { field, at, expected: format!("at most {most}"), found: "more".into() })
}

impl Found {
    fn new(kind: u32, name: Vec<u8>) -> Self {
        let stream = Stream { name, ..Stream::default() };
        Self { kind, stream, unit: 0, resident: None, pieces: Vec::new(), sized: false, broken: false }
    }

    /// Adds one attribute to the stream it is a piece of.
    fn add(&mut self, mft: &Mft, start: u64, a: &Attribute<'_>, cluster_size: u64) -> Result<(), FieldError> {
        let flags = &mut self.stream.flags;
        flags.compressed |= a.compressed();
        flags.encrypted |= a.encrypted();
        flags.sparse |= a.sparse();
        match a.body {
            Body::Resident { at, content } => {
                flags.resident = true;
                let length = content.len() as u64;
                self.stream.size = length;
                self.stream.initialized = length;
                let place = mft.place(start.saturating_add(at as u64), length);
                self.stream.runs = place.into_iter().map(|(offset, length)| Run { offset: Some(offset), length }).collect();
                self.resident = Some(content.to_vec());
                self.sized = true;
                Ok(())
            }
            Body::NonResident { first_vcn, last_vcn, unit, size, initialized, runs } => {
                // An empty stream says "last cluster -1".
                let clusters = last_vcn.wrapping_add(1).saturating_sub(first_vcn);
                let (decoded, error) = runs::decode(runs, 0, clusters, cluster_size);
                if first_vcn == 0 {
                    self.stream.size = size;
                    self.stream.initialized = initialized.min(size);
                    self.unit = unit;
                    self.sized = true;
                }
                self.broken |= error.is_some();
                self.pieces.push((first_vcn.saturating_mul(cluster_size), decoded));
                error.map_or(Ok(()), Err)
            }
        }
    }

    /// Puts the pieces in order. `lost`: extension records are missing.
    pub fn join(&mut self, lost: bool) {
        if self.resident.is_some() {
            return;
        }
        let mut pieces = std::mem::take(&mut self.pieces);
        pieces.sort_by_key(|(first, _)| *first);
        let mut at = 0u64;
        for (first, runs) in pieces {
            if first > at {
                // The pieces between are missing: a hole keeps what follows in its place.
                self.broken = true;
                self.stream.runs.push(Run { offset: None, length: first.saturating_sub(at) });
                at = first;
            } else if first < at {
                self.broken = true;
                continue;
            }
            at = runs.iter().fold(at, |sum, run| sum.saturating_add(run.length));
            if self.stream.runs.is_empty() { self.stream.runs = runs } else { self.stream.runs.extend(runs) }
        }
        if !self.sized {
            self.broken = true;
            self.stream.size = at;
            self.stream.initialized = at;
        }
        self.broken |= lost && at < self.stream.size;
    }
}
