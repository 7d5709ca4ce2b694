//! BinXml: the tokens of a record, its template, and the values put into it. Source: libevtx,
//! "Binary XML"; [MS-EVEN6] 2.2.12.

use super::fields::Named;
use super::value::{self, Text};
use crate::text::utf16le;
use std::collections::BTreeMap;

/// Elements and fragments inside one another.
const MAX_DEPTH: usize = 24;
/// Tokens read of one record, templates included.
const MOST_TOKENS: usize = 20_000;
/// Values of one template.
const MOST_VALUES: usize = 1024;

/// Names by their place in the chunk, read once.
#[derive(Default)]
pub(super) struct Templates {
    names: BTreeMap<usize, String>,
}

type Read<T> = Result<T, &'static str>;

const SHORT: &str = "BinXml cut short";

/// A value of a template's instance.
#[derive(Clone, Copy)]
struct Substitute {
    kind: u8,
    from: usize,
    to: usize,
}

struct Reader<'a, 'n> {
    chunk: &'a [u8],
    at: usize,
    end: usize,
    names: &'n mut Templates,
    tokens: &'n mut usize,
    /// Whether an element begins with the number of what it depends on; not so within values.
    depends: bool,
}

/// Reads the values of one record whose BinXml lies at `body` of the chunk.
pub(super) fn record(chunk: &[u8], body: (usize, usize), names: &mut Templates, out: &mut Named) -> Read<()> {
    let mut tokens = 0;
    let mut read = |depends: bool, out: &mut Named| {
        let mut reader = Reader { chunk, at: body.0, end: body.1, names: &mut *names, tokens: &mut tokens, depends };
        reader.fragment(&mut Vec::new(), &[], out, 0)
    };
    // Forwarded records have no template, and elements as values have them.
    let mut first = Named::default();
    let outcome = read(true, &mut first);
    if outcome.is_err() {
        let mut second = Named::default();
        if read(false, &mut second).is_ok() {
            *out = second;
            return Ok(());
        }
    }
    *out = first;
    outcome
}

impl Reader<'_, '_> {
    fn take<const N: usize>(&mut self) -> Read<[u8; N]> {
        let bytes = self.chunk.get(self.at..self.end).and_then(|b| b.first_chunk::<N>()).ok_or(SHORT)?;
        self.at = self.at.saturating_add(N);
        Ok(*bytes)
    }
    fn u8(&mut self) -> Read<u8> {
        self.take::<1>().map(u8::from_le_bytes)
    }
    fn u16(&mut self) -> Read<u16> {
        self.take().map(u16::from_le_bytes)
    }
    fn u32(&mut self) -> Read<usize> {
        self.take().map(|b| u32::from_le_bytes(b) as usize)
    }
    fn peek(&self) -> Option<u8> {
        self.chunk.get(self.at..self.end)?.first().copied()
    }
    fn count(&mut self) -> Read<()> {
        *self.tokens = self.tokens.saturating_add(1);
        if *self.tokens > MOST_TOKENS { Err("more tokens than a record can have") } else { Ok(()) }
    }

    /// A fragment: elements or an instance of a template, up to its end.
    fn fragment(&mut self, path: &mut Vec<String>, values: &[Substitute], out: &mut Named, depth: usize) -> Read<()> {
        if depth > MAX_DEPTH {
            return Err("nested too deep");
        }
        loop {
            self.count()?;
            let Some(token) = self.peek() else { return Ok(()) };
            match token & 0x3F {
                0x00 => return Ok(()),
                // Fragment header: version and flags.
                0x0F => self.at = self.at.saturating_add(4),
                0x01 => self.element(path, values, out, depth)?,
                0x0C => self.instance(path, out, depth)?,
                _ => return Err("a token that no fragment has"),
            }
        }
    }

    /// A template and the values for it.
    fn instance(&mut self, path: &mut Vec<String>, out: &mut Named, depth: usize) -> Read<()> {
        self.at = self.at.saturating_add(2);
        let _id = self.u32()?;
        let definition = self.u32()?;
        // A definition that stands here for the first time is followed by the values.
        if definition == self.at {
            let size = self.chunk.get(definition.saturating_add(20)..).and_then(|b| b.first_chunk()).ok_or(SHORT)?;
            self.at = definition.saturating_add(24).saturating_add(u32::from_le_bytes(*size) as usize);
        }
        let count = self.u32()?;
        if count > MOST_VALUES {
            return Err("more values than a template has");
        }
        let mut kinds = Vec::with_capacity(count);
        for _ in 0..count {
            let (length, kind) = (self.u16()?, self.u8()?);
            self.u8()?;
            kinds.push((usize::from(length), kind));
        }
        let mut values = Vec::with_capacity(count);
        for (length, kind) in kinds {
            let to = self.at.saturating_add(length);
            if to > self.end {
                return Err(SHORT);
            }
            values.push(Substitute { kind, from: self.at, to });
            self.at = to;
        }
        let size = self
            .chunk
            .get(definition.saturating_add(20)..)
            .and_then(|b| b.first_chunk())
            .ok_or("a template outside its chunk")?;
        let from = definition.saturating_add(24);
        let end = from.saturating_add(u32::from_le_bytes(*size) as usize).min(self.chunk.len());
        let mut inner =
            Reader { chunk: self.chunk, at: from, end, names: &mut *self.names, tokens: &mut *self.tokens, depends: true };
        inner.fragment(path, &values, out, depth.saturating_add(1))
    }

    fn name(&mut self) -> Read<String> {
        let offset = self.u32()?;
        // A name that stands here for the first time is passed over.
        let inline = offset == self.at;
        let count = self.chunk.get(offset.saturating_add(6)..).and_then(|b| b.first_chunk()).ok_or("a name outside its chunk")?;
        let bytes = usize::from(u16::from_le_bytes(*count)).saturating_mul(2);
        let from = offset.saturating_add(8);
        if inline {
            // Link, hash, length, text, NUL.
            self.at = from.saturating_add(bytes).saturating_add(2);
        }
        if let Some(known) = self.names.names.get(&offset) {
            return Ok(known.clone());
        }
        let text = self.chunk.get(from..from.saturating_add(bytes)).ok_or("a name outside its chunk")?;
        let name = String::from_utf8_lossy(&utf16le(text)).into_owned();
        self.names.names.insert(offset, name.clone());
        Ok(name)
    }

    /// An open tag with its attributes and content, up to its close.
    fn element(&mut self, path: &mut Vec<String>, values: &[Substitute], out: &mut Named, depth: usize) -> Read<()> {
        if depth > MAX_DEPTH {
            return Err("nested too deep");
        }
        let token = self.u8()?;
        if self.depends {
            self.u16()?;
        }
        self.u32()?;
        let name = self.name()?;
        path.push(name.clone());
        let read = self.tag(token, &name, path, values, out, depth);
        path.pop();
        read
    }

    fn tag(
        &mut self,
        token: u8,
        name: &str,
        path: &mut Vec<String>,
        values: &[Substitute],
        out: &mut Named,
        depth: usize,
    ) -> Read<()> {
        if token & 0x40 != 0 {
            self.u32()?;
            loop {
                self.count()?;
                let Some(attribute) = self.peek().filter(|t| t & 0x3F == 0x06) else { break };
                self.u8()?;
                let key = self.name()?;
                let mut parts = Parts::default();
                while self.part(values, &mut parts)? {}
                // `<Data Name="IpAddress">`: the attribute names the value.
                if key == "Name" && name == "Data" {
                    if let Some(last) = path.last_mut() {
                        last.clone_from(&parts.text);
                    }
                } else if key != "xmlns" {
                    out.push(&joined(path, Some(&key)), &parts.text, parts.time);
                }
                if attribute & 0x40 == 0 {
                    break;
                }
            }
        }
        match self.u8()? & 0x3F {
            // An empty element.
            0x03 => return Ok(()),
            0x02 => {}
            _ => return Err("a tag that is not closed"),
        }
        let mut parts = Parts::default();
        loop {
            self.count()?;
            match self.peek().ok_or(SHORT)? & 0x3F {
                0x04 => {
                    self.u8()?;
                    break;
                }
                0x01 => self.element(path, values, out, depth.saturating_add(1))?,
                0x0C => self.instance(path, out, depth.saturating_add(1))?,
                _ => {
                    if !self.part(values, &mut parts)? {
                        return Err("a token that no element has");
                    }
                    if let Some(s) = parts.nested.take() {
                        let mut inner = Reader {
                            chunk: self.chunk,
                            at: s.from,
                            end: s.to,
                            names: &mut *self.names,
                            tokens: &mut *self.tokens,
                            depends: false,
                        };
                        inner.fragment(path, &[], out, depth.saturating_add(1))?;
                    }
                }
            }
        }
        if parts.any {
            out.push(&joined(path, None), &parts.text, parts.time);
        }
        Ok(())
    }

    /// One piece of text; false where the next token is none.
    fn part(&mut self, values: &[Substitute], out: &mut Parts) -> Read<bool> {
        self.count()?;
        let Some(token) = self.peek() else { return Ok(false) };
        match token & 0x3F {
            // A text of the template's own.
            0x05 => {
                self.at = self.at.saturating_add(2);
                let bytes = usize::from(self.u16()?).saturating_mul(2);
                let text = self.chunk.get(self.at..self.at.saturating_add(bytes)).ok_or(SHORT)?;
                self.at = self.at.saturating_add(bytes);
                out.add(&String::from_utf8_lossy(&utf16le(text)), None);
            }
            // A value, or one that may be missing.
            0x0D | 0x0E => {
                self.u8()?;
                let (index, _) = (usize::from(self.u16()?), self.u8()?);
                let Some(s) = values.get(index) else { return Ok(true) };
                let bytes = self.chunk.get(s.from..s.to).ok_or(SHORT)?;
                match value::text(s.kind, bytes) {
                    Text::Empty => {}
                    Text::Nested => out.nested = Some(*s),
                    Text::Of(text, time) => out.add(&text, time),
                }
            }
            // A character by its number, an entity by its name.
            0x08 => {
                self.u8()?;
                let c = char::from_u32(u32::from(self.u16()?)).unwrap_or(char::REPLACEMENT_CHARACTER);
                out.add(c.encode_utf8(&mut [0; 4]), None);
            }
            0x09 => {
                self.u8()?;
                let name = self.name()?;
                out.add(
                    match name.as_str() {
                        "amp" => "&",
                        "lt" => "<",
                        "gt" => ">",
                        "quot" => "\"",
                        "apos" => "'",
                        other => other,
                    },
                    None,
                );
            }
            // CDATA.
            0x07 => {
                self.u8()?;
                let bytes = usize::from(self.u16()?).saturating_mul(2);
                let text = self.chunk.get(self.at..self.at.saturating_add(bytes)).ok_or(SHORT)?;
                self.at = self.at.saturating_add(bytes);
                out.add(&String::from_utf8_lossy(&utf16le(text)), None);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The text of an attribute or an element, of several pieces.
#[derive(Default)]
struct Parts {
    text: String,
    time: Option<u64>,
    any: bool,
    nested: Option<Substitute>,
}

impl Parts {
    fn add(&mut self, text: &str, time: Option<u64>) {
        self.text.push_str(text);
        self.time = self.time.or(time);
        self.any = true;
    }
}

/// The path below `Event`.
fn joined(path: &[String], key: Option<&str>) -> String {
    let below = path.get(1..).unwrap_or_default();
    let mut out = below.join(".");
    if let Some(key) = key {
        if !out.is_empty() {
            out.push('.');
        }
        out.push_str(key);
    }
    out
}
