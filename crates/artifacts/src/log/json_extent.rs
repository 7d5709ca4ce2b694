//! Where a JSON value ends, and where an array of records begins within a document: brackets and
//! strings only, so that a document of any size is cut without being held. Source: RFC 8259.

use memchr::memchr2;

/// Length of the value at the start of `text`. None where it goes on past the end of `text`; a
/// scalar that reaches the end has its end only where `last` says that nothing follows.
pub(crate) fn value_end(text: &[u8], last: bool) -> Option<usize> {
    match text.first()? {
        b'{' | b'[' => compound_end(text),
        b'"' => string_end(text, 1),
        _ => {
            let end = text.iter().position(|b| matches!(b, b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n'));
            // Never empty, so that a stray bracket is passed over as a value of its own.
            end.map(|n| n.max(1)).or_else(|| last.then_some(text.len()))
        }
    }
}

fn compound_end(text: &[u8]) -> Option<usize> {
    let mut depth = 0u32;
    let mut at = 0usize;
    loop {
        match text.get(at)? {
            b'"' => {
                at = string_end(text, at.saturating_add(1))?;
                continue;
            }
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at.saturating_add(1));
                }
            }
            _ => {}
        }
        at = at.saturating_add(1);
    }
}

/// Position after the quote that ends a string whose text begins at `from`.
fn string_end(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = text.get(at..)?;
        at = at.saturating_add(memchr2(b'"', b'\\', rest)?);
        if text.get(at) == Some(&b'"') {
            return Some(at.saturating_add(1));
        }
        at = at.saturating_add(2);
    }
}

/// Bytes of a key that are kept.
const LONGEST_KEY: usize = 128;

/// The part of a document that is no record: goes through it up to the array that holds them.
#[derive(Clone, Debug)]
pub(crate) struct Outside {
    keys: Vec<Vec<u8>>,
    /// The keys that lead to where the reader is, with dots between them, and the length of each
    /// part; no longer than the longest key of records.
    path: Vec<u8>,
    parts: Vec<usize>,
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// The last string, which is a key where a colon followed it.
    text: Vec<u8>,
    after_colon: bool,
}

impl Outside {
    /// `keys`: members of the top object that hold records, or paths with dots to such. An array that is the whole
    /// document always does.
    pub fn new(keys: &[String]) -> Self {
        let keys = keys.iter().map(|k| k.as_bytes().to_vec()).collect();
        Self {
            keys,
            path: Vec::new(),
            parts: Vec::new(),
            depth: 0,
            in_string: false,
            escaped: false,
            text: Vec::new(),
            after_colon: false,
        }
    }

    /// Position after the `[` of the next array of records; None where `bytes` end before one.
    pub fn enter(&mut self, bytes: &[u8]) -> Option<usize> {
        for (i, byte) in bytes.iter().enumerate() {
            if self.in_string {
                self.string_byte(*byte);
                continue;
            }
            match byte {
                b'"' => {
                    self.in_string = true;
                    self.text.clear();
                }
                b':' => self.after_colon = true,
                b',' => self.after_colon = false,
                b'{' => self.open(),
                b'[' => {
                    if self.depth == 0 || self.is_named() {
                        self.after_colon = false;
                        return Some(i.saturating_add(1));
                    }
                    // What lies in another array is no record.
                    self.after_colon = false;
                    self.text.clear();
                    self.open();
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if usize::try_from(self.depth).is_ok_and(|depth| depth < self.parts.len()) {
                        self.path.truncate(self.parts.pop().unwrap_or(0));
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Whether the key at hand, with those that lead to it, is one of `keys`.
    fn is_named(&self) -> bool {
        let whole = |key: &Vec<u8>| key.strip_prefix(self.path.as_slice()) == Some(self.text.as_slice());
        let known = usize::try_from(self.depth).is_ok_and(|depth| depth == self.parts.len());
        self.after_colon && known && self.keys.iter().any(whole)
    }

    fn open(&mut self) {
        const DEEPEST: usize = 8;
        let at = usize::try_from(self.depth).unwrap_or(usize::MAX);
        if at == self.parts.len() && at < DEEPEST {
            self.parts.push(self.path.len());
            // The top object has no name; one in an array has none that a key could lead to.
            if at > 0 {
                self.path.extend_from_slice(if self.after_colon { &self.text } else { b"\0" });
                self.path.push(b'.');
            }
        }
        self.depth = self.depth.saturating_add(1);
        self.after_colon = false;
    }

    fn string_byte(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.in_string = false,
            _ => {
                if self.text.len() < LONGEST_KEY {
                    self.text.push(byte);
                }
            }
        }
    }

    /// Whether the document is closed as far as it was read.
    pub fn is_closed(&self) -> bool {
        self.depth == 0 && !self.in_string
    }
}

/// Passes over a value that is too long to be held.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skip {
    depth: u32,
    in_string: bool,
    escaped: bool,
}

impl Skip {
    /// Position after the value's end; None where `bytes` end within it.
    pub fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        for (i, byte) in bytes.iter().enumerate() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => self.depth = self.depth.saturating_add(1),
                b'}' | b']' if !self.in_string => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(i.saturating_add(1));
                    }
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents() {
        for (text, end) in [
            (r#"{"a":"}\"]","b":[1,{}]},x"#, Some(23)),
            (r#""a\"b",1"#, Some(6)),
            ("12,3", Some(2)),
            ("}", Some(1)),
            (r#"{"a":1"#, None),
            (r#""abc"#, None),
        ] {
            assert_eq!(value_end(text.as_bytes(), false), end, "{text}");
        }
        assert_eq!((value_end(b"12", false), value_end(b"12", true)), (None, Some(2)));
    }

    #[test]
    fn arrays_of_records() {
        let text = br#" {"k":"Records [","x":{"Records":[1]},"Records" : [{"a":1}],"n":2}"#;
        for step in [1, 3, 100] {
            let mut outside = Outside::new(&["Records".to_owned()]);
            let mut at = 0;
            let found = text.chunks(step).find_map(|c| {
                let found = outside.enter(c).map(|n| at + n);
                at += c.len();
                found
            });
            assert_eq!(found, Some(51), "{step}");
        }
        let hits = br#"{"took":1,"hits":{"total":{"value":1},"a":[{"hits":[]}],"hits":[{"_id":1}]}}"#;
        assert_eq!(Outside::new(&["hits.hits".to_owned()]).enter(hits).map(|n| &hits[n..n + 5]), Some(&b"{\"_id"[..]));
        assert_eq!(Outside::new(&[]).enter(b"\n[{}]"), Some(2));
        assert_eq!(Outside::new(&[]).enter(b"{\"value\":[]}"), None);
    }
}
