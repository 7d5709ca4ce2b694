//! What goes wrong while bytes are decoded: it travels upwards inside an `io::Error`, and through
//! every layer of decoders unchanged, so that the note names the first cause.

use model::Code;
use std::cell::RefCell;
use std::fmt;
use std::io;
use std::rc::Rc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub code: Code,
    pub expected: String,
    pub found: String,
}

impl Trouble {
    pub fn new(code: Code, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { code, expected: expected.into(), found: found.into() }
    }
    pub fn damaged(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(Code::Damaged, expected, found)
    }
    pub fn truncated(expected: impl Into<String>) -> Self {
        Self::new(Code::Truncated, expected, "the end of the data")
    }
    /// The first cause inside `error`.
    pub fn of(error: &io::Error) -> Self {
        let mut cause: Option<&(dyn std::error::Error + 'static)> =
            error.get_ref().map(|e| e as &(dyn std::error::Error + 'static));
        for _ in 0..MAX_CAUSES {
            let Some(e) = cause else { break };
            if let Some(t) = e.downcast_ref::<Trouble>() {
                return t.clone();
            }
            cause = match e.downcast_ref::<io::Error>() {
                Some(inner) => inner.get_ref().map(|e| e as &(dyn std::error::Error + 'static)),
                None => e.source(),
            };
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::truncated("more data"),
            _ => Self::damaged("a readable stream", error.to_string()),
        }
    }
    pub fn into_io(self) -> io::Error {
        io::Error::other(self)
    }
}

const MAX_CAUSES: usize = 16;

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

impl std::error::Error for Trouble {}

/// Something a decoder noticed and read past.
#[derive(Clone, Debug)]
pub(super) struct Remark {
    pub trouble: Trouble,
    /// Offset in the decoded bytes.
    pub at: u64,
    /// Bytes are missing or replaced from here on, though more follow.
    pub loses_bytes: bool,
}

/// Where decoders leave their remarks; shared by the layers of one stream.
#[derive(Clone, Default)]
pub(super) struct Remarks(Rc<RefCell<Vec<Remark>>>);

/// A stream of tiny damaged members must not fill the memory with remarks.
const MAX_REMARKS: usize = 256;

impl Remarks {
    pub fn add(&self, trouble: Trouble, at: u64) {
        self.push(Remark { trouble, at, loses_bytes: false });
    }
    pub fn add_loss(&self, trouble: Trouble, at: u64) {
        self.push(Remark { trouble, at, loses_bytes: true });
    }
    pub fn take(&self) -> Vec<Remark> {
        std::mem::take(&mut *self.0.borrow_mut())
    }
    fn push(&self, remark: Remark) {
        let mut all = self.0.borrow_mut();
        if all.len() < MAX_REMARKS {
            all.push(remark);
        } else if all.len() == MAX_REMARKS {
            let more = Trouble::new(Code::LimitReached, format!("at most {MAX_REMARKS} remarks"), "more; not listed");
            all.push(Remark { trouble: more, at: remark.at, loses_bytes: remark.loses_bytes });
        }
    }
}
