use crate::entry::is_uuid;
use crate::{Hash, TreeHead, base64_decode, base64_encode};
use std::fmt;

/// Most signature lines read.
pub const MAX_SIGNATURES: usize = 64;
const ORIGIN: &str = "casebook/";

/// The ledger's size and root at one time, as a C2SP signed note. Source: C2SP tlog-checkpoint
/// and signed-note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// UUID of the case; the origin line is `casebook/<uuid>`.
    pub case: String,
    /// Number of entries, and the root over them.
    pub head: TreeHead,
    /// Kept as they are; `CaseKeys::judge` tells what they say.
    pub signatures: Vec<SignatureLine>,
}

/// `— name base64(key id | signature)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    pub name: String,
    /// Key id (4 bytes, big-endian) and signature.
    pub bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckpointFault(pub &'static str);

impl fmt::Display for CheckpointFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a checkpoint: {}", self.0)
    }
}
impl std::error::Error for CheckpointFault {}

impl Checkpoint {
    pub fn unsigned(case: &str, head: TreeHead) -> Self {
        Self { case: case.to_owned(), head, signatures: Vec::new() }
    }

    /// The three lines that a signature covers.
    pub fn signed_text(&self) -> String {
        format!("{ORIGIN}{}\n{}\n{}\n", self.case, self.head.size, base64_encode(&self.head.root))
    }

    /// The note: the signed text, an empty line, the signature lines.
    pub fn to_note(&self) -> String {
        let mut out = self.signed_text();
        out.push('\n');
        for s in &self.signatures {
            out.push_str(&format!("\u{2014} {} {}\n", s.name, base64_encode(&s.bytes)));
        }
        out
    }

    /// Reads a note. Refuses extension lines, control characters, other line ends, numbers with
    /// leading zeros and base64 in another form: a checkpoint has one text.
    pub fn read(note: &[u8]) -> Result<Self, CheckpointFault> {
        let fault = |what| Err(CheckpointFault(what));
        let Ok(note) = std::str::from_utf8(note) else { return fault("not UTF-8") };
        if note.chars().any(|c| c.is_control() && c != '\n') {
            return fault("control characters");
        }
        let Some((text, signatures)) = note.split_once("\n\n") else { return fault("no empty line after the root") };
        let [origin, size, root] = text.split('\n').collect::<Vec<_>>()[..] else { return fault("not three lines") };
        let Some(case) = origin.strip_prefix(ORIGIN).filter(|c| is_uuid(c)) else { return fault("the origin line") };
        let Some(size) = size.parse::<u64>().ok().filter(|n| n.to_string() == size) else { return fault("the size") };
        let Some(root) = base64_decode(root).and_then(|b| Hash::try_from(b).ok()) else { return fault("the root") };
        let signatures = match signatures.strip_suffix('\n') {
            None if signatures.is_empty() => Vec::new(),
            None => return fault("no line end after the last line"),
            Some(lines) => read_signatures(lines)?,
        };
        Ok(Self { case: case.to_owned(), head: TreeHead { size, root }, signatures })
    }
}

fn read_signatures(lines: &str) -> Result<Vec<SignatureLine>, CheckpointFault> {
    let lines: Vec<&str> = lines.split('\n').take(MAX_SIGNATURES.saturating_add(1)).collect();
    if lines.len() > MAX_SIGNATURES {
        return Err(CheckpointFault("too many signature lines"));
    }
    lines.into_iter().map(|line| read_signature(line).ok_or(CheckpointFault("a signature line"))).collect()
}

fn read_signature(line: &str) -> Option<SignatureLine> {
    let (name, bytes) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '+') {
        return None;
    }
    // A key id of 4 bytes and at least one byte of signature.
    let bytes = base64_decode(bytes).filter(|b| b.len() > 4)?;
    Some(SignatureLine { name: name.to_owned(), bytes })
}
