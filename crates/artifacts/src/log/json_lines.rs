//! One JSON object a line: a strict, bounded scanner that keeps the wanted fields only, as ranges
//! of the line. A line that was cut short is not valid JSON and gives no fields. Bytes that are
//! not UTF-8 are taken inside strings. Source: RFC 8259; jsonlines.org.

use super::unread::Reason;
use memchr::memchr2;

/// Objects and arrays inside one another.
const MAX_DEPTH: u32 = 64;

/// The wanted field paths as a tree, so that a line is scanned once.
#[derive(Clone, Debug, Default)]
pub struct PathTree {
    nodes: Vec<Node>,
    slots: usize,
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// Sorted by length, then bytes.
    children: Vec<(Vec<u8>, usize)>,
    /// Where the children of each length begin; one more entry than the longest length.
    by_length: Vec<usize>,
    slot: Option<usize>,
}

impl PathTree {
    /// The slot of a path is its position in `paths`. A path with dots is found nested
    /// (`{"a":{"b":1}}`) and flat (`{"a.b":1}`), also below the top; `a.0` is the first element of an array, up to `a.9`.
    pub fn new(paths: &[String]) -> Self {
        let mut tree = Self { nodes: vec![Node::default()], slots: paths.len() };
        for (slot, path) in paths.iter().enumerate() {
            tree.add(&[path.as_str()], slot);
            if path.contains('.') {
                // Names have dots of their own, such as those of claims, which are addresses of the web.
                let parts: Vec<&str> = path.split('.').collect();
                for n in (0..parts.len().saturating_sub(1)).rev() {
                    let rest = path.splitn(n.saturating_add(2), '.').last().unwrap_or_default();
                    let mut way = parts.get(..=n).unwrap_or_default().to_vec();
                    way.push(rest);
                    tree.add(&way, slot);
                }
            }
        }
        for node in &mut tree.nodes {
            node.children.sort_by(|a, b| (a.0.len(), &a.0).cmp(&(b.0.len(), &b.0)));
            let longest = node.children.last().map_or(0, |c| c.0.len());
            node.by_length =
                (0..=longest.saturating_add(1)).map(|n| node.children.iter().filter(|c| c.0.len() < n).count()).collect();
        }
        tree
    }

    fn add(&mut self, segments: &[&str], slot: usize) {
        let mut at = 0usize;
        for s in segments {
            let known = self.nodes.get(at).and_then(|n| n.children.iter().find(|c| c.0 == s.as_bytes())).map(|c| c.1);
            at = known.unwrap_or_else(|| {
                let new = self.nodes.len();
                self.nodes.push(Node::default());
                if let Some(node) = self.nodes.get_mut(at) {
                    node.children.push((s.as_bytes().to_vec(), new));
                }
                new
            });
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.slot = node.slot.or(Some(slot));
        }
    }

    /// The slot of a path of one name.
    pub fn top(&self, name: &[u8]) -> Option<usize> {
        self.nodes.get(self.child(0, name)?)?.slot
    }

    fn child(&self, node: usize, key: &[u8]) -> Option<usize> {
        let node = self.nodes.get(node)?;
        let from = *node.by_length.get(key.len())?;
        let to = *node.by_length.get(key.len().saturating_add(1))?;
        node.children.get(from..to)?.iter().find(|c| c.0.first() == key.first() && c.0 == key).map(|c| c.1)
    }
}

/// A value as it stands in the line; ranges are byte positions in the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Raw {
    #[default]
    Absent,
    Null,
    Bool(bool),
    Number(usize, usize),
    /// Between the quotes, without escapes.
    Plain(usize, usize),
    /// Between the quotes, with escapes.
    Escaped(usize, usize),
    /// An object or array, with its brackets.
    Compound(usize, usize),
}

/// The wanted values of one line, reused from line to line.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    pub values: Vec<Raw>,
    /// A wanted field stood there twice; the last one is kept.
    pub duplicate: bool,
}

/// Scans a line; the slots of `tree` are filled in.
pub fn scan(line: &[u8], tree: &PathTree, slots: &mut Slots) -> Result<(), Reason> {
    slots.values.clear();
    slots.values.resize(tree.slots, Raw::Absent);
    slots.duplicate = false;
    let mut s = Scan { line, at: 0, tree, slots };
    s.space();
    if s.peek() != Some(b'{') {
        return Err(Reason::NotJson);
    }
    s.object(Some(0), 0)?;
    s.space();
    if s.at == line.len() { Ok(()) } else { Err(Reason::NotJson) }
}

/// The last text of an array of texts, without its quotes; `inner` is what is between its brackets.
pub fn last_text(inner: &[u8]) -> Option<&[u8]> {
    let (tree, mut slots) = (PathTree::new(&[]), Slots::default());
    let mut s = Scan { line: inner, at: 0, tree: &tree, slots: &mut slots };
    loop {
        s.space();
        let value = s.value(None, 0).ok()?;
        s.space();
        match (s.peek(), value) {
            (Some(b','), _) => s.next(),
            (None, Raw::Plain(a, b) | Raw::Escaped(a, b)) => return inner.get(a..b),
            (Some(_) | None, _) => return None,
        }
    }
}

/// A line without what journalctl puts before it: `-o json-seq` (RFC 7464), `-o json-sse`.
pub fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\x1E").or_else(|| line.strip_prefix(b"data: ")).filter(|l| l.first() == Some(&b'{')).unwrap_or(line)
}

struct Scan<'a> {
    line: &'a [u8],
    at: usize,
    tree: &'a PathTree,
    slots: &'a mut Slots,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }
    fn next(&mut self) {
        self.at = self.at.saturating_add(1);
    }
    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.next();
        }
    }
    fn expect(&mut self, byte: u8) -> Result<(), Reason> {
        if self.peek() == Some(byte) {
            self.next();
            Ok(())
        } else {
            Err(self.broken())
        }
    }
    fn broken(&self) -> Reason {
        if self.at >= self.line.len() { Reason::CutShort } else { Reason::NotJson }
    }

    /// An object whose keys are looked up below `node`.
    fn object(&mut self, node: Option<usize>, depth: u32) -> Result<(), Reason> {
        if depth >= MAX_DEPTH {
            return Err(Reason::TooDeep);
        }
        self.expect(b'{')?;
        self.space();
        if self.peek() == Some(b'}') {
            self.next();
            return Ok(());
        }
        loop {
            self.space();
            self.expect(b'"')?;
            let key = self.string()?;
            let child = node.and_then(|n| self.key(n, key));
            self.space();
            self.expect(b':')?;
            self.space();
            let value = self.value(child, depth)?;
            self.keep(child, value);
            self.space();
            match self.peek() {
                Some(b',') => self.next(),
                Some(b'}') => {
                    self.next();
                    return Ok(());
                }
                Some(_) | None => return Err(self.broken()),
            }
        }
    }

    fn key(&self, node: usize, key: Raw) -> Option<usize> {
        match key {
            Raw::Plain(a, b) => self.tree.child(node, self.line.get(a..b)?),
            Raw::Escaped(a, b) => {
                let mut text = Vec::new();
                unescape(self.line.get(a..b)?, &mut text);
                self.tree.child(node, &text)
            }
            Raw::Absent | Raw::Null | Raw::Bool(_) | Raw::Number(..) | Raw::Compound(..) => None,
        }
    }

    /// An array whose first ten elements are looked up below `node` by their numbers.
    fn array(&mut self, node: Option<usize>, depth: u32) -> Result<(), Reason> {
        if depth >= MAX_DEPTH {
            return Err(Reason::TooDeep);
        }
        self.expect(b'[')?;
        self.space();
        if self.peek() == Some(b']') {
            self.next();
            return Ok(());
        }
        let mut digit = b'0';
        loop {
            self.space();
            let child = node.filter(|_| digit <= b'9').and_then(|n| self.tree.child(n, &[digit]));
            let value = self.value(child, depth)?;
            self.keep(child, value);
            digit = digit.saturating_add(1);
            self.space();
            match self.peek() {
                Some(b',') => self.next(),
                Some(b']') => {
                    self.next();
                    return Ok(());
                }
                Some(_) | None => return Err(self.broken()),
            }
        }
    }

    fn keep(&mut self, child: Option<usize>, value: Raw) {
        if let Some(slot) = child.and_then(|c| self.tree.nodes.get(c)).and_then(|n| n.slot)
            && let Some(there) = self.slots.values.get_mut(slot)
        {
            self.slots.duplicate |= *there != Raw::Absent;
            *there = value;
        }
    }

    fn value(&mut self, node: Option<usize>, depth: u32) -> Result<Raw, Reason> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => {
                self.next();
                self.string()
            }
            Some(b'{') => {
                self.object(node, depth.saturating_add(1))?;
                Ok(Raw::Compound(start, self.at))
            }
            Some(b'[') => {
                self.array(node, depth.saturating_add(1))?;
                Ok(Raw::Compound(start, self.at))
            }
            Some(b'-' | b'0'..=b'9') => {
                self.number()?;
                Ok(Raw::Number(start, self.at))
            }
            Some(b't') => self.word(b"true", Raw::Bool(true)),
            Some(b'f') => self.word(b"false", Raw::Bool(false)),
            Some(b'n') => self.word(b"null", Raw::Null),
            Some(_) | None => Err(self.broken()),
        }
    }

    fn word(&mut self, word: &[u8], value: Raw) -> Result<Raw, Reason> {
        let rest = self.line.get(self.at..).unwrap_or_default();
        if rest.starts_with(word) {
            self.at = self.at.saturating_add(word.len());
            return Ok(value);
        }
        Err(if word.starts_with(rest) { Reason::CutShort } else { Reason::NotJson })
    }

    /// The rest of a string whose first quote was read.
    fn string(&mut self) -> Result<Raw, Reason> {
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = self.line.get(self.at..).unwrap_or_default();
            let Some(i) = memchr2(b'"', b'\\', rest) else { return Err(Reason::CutShort) };
            self.at = self.at.saturating_add(i);
            if self.peek() == Some(b'"') {
                let end = self.at;
                self.next();
                return Ok(if escaped { Raw::Escaped(start, end) } else { Raw::Plain(start, end) });
            }
            escaped = true;
            self.next();
            match self.peek() {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.next(),
                Some(b'u') => {
                    self.next();
                    for _ in 0..4 {
                        if !self.peek().is_some_and(|b| b.is_ascii_hexdigit()) {
                            return Err(self.broken());
                        }
                        self.next();
                    }
                }
                Some(_) | None => return Err(self.broken()),
            }
        }
    }

    fn digits(&mut self) -> Result<(), Reason> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.next();
        }
        if self.at == start { Err(self.broken()) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<(), Reason> {
        if self.peek() == Some(b'-') {
            self.next();
        }
        if self.peek() == Some(b'0') {
            self.next();
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.next();
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.next();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.next();
            }
            self.digits()?;
        }
        Ok(())
    }
}

/// Appends a string without its escapes. An escape of half a surrogate pair stands for no
/// character and is kept as written.
pub fn unescape(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(i) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(rest.get(..i).unwrap_or_default());
        let letter = rest.get(i.saturating_add(1)).copied().unwrap_or(b'\\');
        let after = rest.get(i.saturating_add(2)..).unwrap_or_default();
        rest = after;
        if letter != b'u' {
            out.push(plain_escape(letter));
            continue;
        }
        let unit = after.get(..4).and_then(hex4);
        rest = after.get(4..).unwrap_or_default();
        let Some(unit) = unit else { continue };
        let (code, used) = match (unit, rest) {
            (0xD800..=0xDBFF, [b'\\', b'u', low @ ..]) => match low.get(..4).and_then(hex4) {
                Some(l @ 0xDC00..=0xDFFF) => {
                    let high = (unit & 0x3FF) << 10;
                    ((high | (l & 0x3FF)).saturating_add(0x1_0000), 6)
                }
                Some(_) | None => (unit, 0),
            },
            _ => (unit, 0),
        };
        match char::from_u32(code) {
            Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None => {
                out.extend_from_slice(b"\\u");
                out.extend_from_slice(after.get(..4).unwrap_or_default());
            }
        }
        rest = rest.get(used..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

fn plain_escape(letter: u8) -> u8 {
    match letter {
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        other => other,
    }
}

fn hex4(digits: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(line: &str, path: &str) -> Result<Option<String>, Reason> {
        let tree = PathTree::new(&[path.to_owned(), "other".to_owned()]);
        let mut slots = Slots::default();
        scan(line.as_bytes(), &tree, &mut slots)?;
        let at = |a, b| line[a..b].to_owned();
        Ok(match slots.values[0] {
            Raw::Absent => None,
            Raw::Null => Some("null".to_owned()),
            Raw::Bool(b) => Some(b.to_string()),
            Raw::Number(a, b) | Raw::Plain(a, b) | Raw::Compound(a, b) => Some(at(a, b)),
            Raw::Escaped(a, b) => {
                let mut out = Vec::new();
                unescape(&line.as_bytes()[a..b], &mut out);
                Some(String::from_utf8(out).unwrap())
            }
        })
    }

    #[test]
    fn fields() {
        let some = |s: &str| Ok(Some(s.to_owned()));
        assert_eq!(get(r#"{"a":{"b":[1,{"c":2}],"d":"x"}}"#, "a.d"), some("x"));
        assert_eq!(get(r#"{"a.d":"x"}"#, "a.d"), some("x"));
        assert_eq!(get(r#"{"a":{"b":{"http://c.d/e":"x"}}}"#, "a.b.http://c.d/e"), some("x"));
        assert_eq!(get(r#"{"a":[{"b":1},{"b":2}]}"#, "a.1.b"), some("2"));
        assert_eq!(get(r#" { "a" : -1.5e3 } "#, "a"), some("-1.5e3"));
        assert_eq!(get(r#"{"\u0061":"k\"\\\/\n\u00e9\ud83d\ude00z"}"#, "a"), some("k\"\\/\n\u{e9}\u{1f600}z"));
        assert_eq!(get(r#"{"a":"x\ud800y"}"#, "a"), some("x\\ud800y"));
        assert_eq!(get(r#"{"a":"\ud800\u0041"}"#, "a"), some("\\ud800A"));
        assert_eq!(get(r#"{"a":1,"a":null}"#, "a"), some("null"));
        assert_eq!(get(r#"{"a":{}}"#, "a"), some("{}"));
        assert_eq!(get("{}", "a"), Ok(None));
    }

    #[test]
    fn a_cut_line_is_not_read() {
        let line = r#"{"ts":"2025-06-01T00:00:00Z","n":{"a":[true,false,null]},"k":"\u00e9","s":200}"#;
        assert_eq!(get(line, "s"), Ok(Some("200".to_owned())));
        for n in 1..line.len() {
            if line.is_char_boundary(n) {
                assert_eq!(get(&line[..n], "s"), Err(Reason::CutShort), "{n}");
            }
        }
        for bad in [r#"{"a":01}"#, r#"{"a":1}x"#, r#"{"a" 1}"#, r#"{"a":"\x"}"#, "[1]", "{broken", r#"{"a":tru3}"#, r#"{"a":1,}"#]
        {
            assert_eq!(get(bad, "a"), Err(Reason::NotJson), "{bad}");
        }
        let deep = format!("{{\"a\":{}", "[".repeat(200_000));
        assert_eq!(get(&deep, "a"), Err(Reason::TooDeep));
    }
}
