use super::section::{SIGNATURE, Section, walk};
use crate::Note;
use crate::container::{FileSource, OpenError};
use crate::note::push_bounded;
use model::{Code, FieldError, FieldReader, read_vec};
use std::path::Path;
use std::sync::Arc;

/// One segment file, its chain of sections walked.
pub struct Segment {
    /// From its header: 1 for the first.
    pub number: u16,
    /// File name, for notes.
    pub name: Vec<u8>,
    pub file: Arc<FileSource>,
    pub sections: Vec<Section>,
}

impl Segment {
    /// None, with a note, where the file does not begin as a segment does.
    pub fn open(path: &Path, notes: &mut Vec<Note>) -> Result<Option<Self>, OpenError> {
        let file = Arc::new(FileSource::open(path)?);
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned().into_bytes()).unwrap_or_default();
        let failed = |source| OpenError::Io { path: path.into(), source };
        let head = read_vec(&file, 0, 13).map_err(failed)?;
        let number = match number(&head) {
            Ok(n) => n,
            Err(e) => {
                push_bounded(notes, Note::new(Code::Damaged, name, "the header of an EWF segment", e.to_string()));
                return Ok(None);
            }
        };
        let sections = walk(&file, &name, notes).map_err(failed)?;
        Ok(Some(Self { number, name, file, sections }))
    }
}

fn number(head: &[u8]) -> Result<u16, FieldError> {
    let mut r = FieldReader::new(head, 0);
    let signature = r.array::<8>("signature")?;
    if signature != SIGNATURE {
        return Err(r.wrong("signature", "EVF 09 0d 0a ff 00", format!("{signature:02x?}")));
    }
    r.u8("start of fields")?;
    r.u16("segment number")
}
