//! Cuts a stream into blocks of whole records, in order and under bounded memory. A block and its
//! layout are all a parser needs, so that blocks can be read by any thread.

use super::encoding::Decoder;
use super::framing::{Framing, LONGEST_RECORD, Layout, Next, fields_directive, next};
use super::json_extent::{Outside, Skip};
use super::profile::Profile;
use super::table::Header;
use super::{counted, journal, torn};

/// Whole records that lie at `offset` of the file: `carry`, then `bytes`, without a gap, as UTF-8.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    pub layout: &'a Layout,
    pub offset: u64,
    pub carry: &'a [u8],
    pub bytes: &'a [u8],
}

/// What no block holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Records longer than the bound: (offset, bytes), at most 16 of them.
    pub too_long: Vec<(u64, u64)>,
    pub too_long_count: u64,
    /// Where the document ends although its array of records is not closed.
    pub unclosed: Option<u64>,
    /// The first byte that is half a unit of UTF-16: the last of the file, or before a hole.
    pub half_unit: Option<u64>,
}

const TOO_LONG_KEPT: usize = 500;

impl Lost {
    fn too_long(&mut self, offset: u64, bytes: u64) {
        self.too_long_count = self.too_long_count.saturating_add(1);
        if self.too_long.len() < TOO_LONG_KEPT {
            self.too_long.push((offset, bytes));
        }
    }
    fn longer(&mut self, from: u64, bytes: u64) {
        if let Some(last) = self.too_long.last_mut().filter(|l| l.0.saturating_add(l.1) == from) {
            last.1 = last.1.saturating_add(bytes);
        }
    }
}

/// Bytes gathered before records are looked for.
const GATHERED: usize = 256 << 10;

/// One file on its way into blocks.
pub struct Splitter<'p> {
    profile: &'p Profile,
    layout: Layout,
    decoder: Decoder,
    /// For lines the unfinished one; else all that is not yet in a block.
    held: Vec<u8>,
    /// Where `held` begins in the file.
    offset: u64,
    /// Inside a record that is too long, up to its end.
    skipping: Option<Skip>,
    /// That record was of zeros alone, and so is what is passed over.
    in_zeros: bool,
    /// Between arrays of records; None inside one.
    outside: Option<Outside>,
    inside_array: bool,
    lost: Lost,
}

impl<'p> Splitter<'p> {
    /// `layout` as `Profile::layout` gave it for the head of the file.
    pub fn new(profile: &'p Profile, layout: Layout) -> Self {
        let array = layout.framing == Framing::JsonArray;
        let outside = array.then(|| Outside::new(profile.json.as_ref().map_or(&[][..], |j| &j.records)));
        let (held, lost) = (Vec::new(), Lost::default());
        let decoder = Decoder::new(layout.encoding);
        Self { profile, layout, decoder, held, offset: 0, skipping: None, in_zeros: false, outside, inside_array: !array, lost }
    }

    pub fn push<E>(&mut self, chunk: &[u8], emit: &mut dyn FnMut(Block<'_>) -> Result<(), E>) -> Result<(), E> {
        let text = self.decoder.push(chunk);
        self.text(&text, emit)
    }

    fn text<E>(&mut self, text: &[u8], emit: &mut dyn FnMut(Block<'_>) -> Result<(), E>) -> Result<(), E> {
        if self.layout.framing == Framing::Lines {
            return self.lines(text, emit);
        }
        self.held.extend_from_slice(text);
        if self.held.len() < GATHERED { Ok(()) } else { self.records(false, emit) }
    }

    /// Bytes that are not there, such as a hole of a sparse file: no record lies across them.
    pub fn pass_hole<E>(&mut self, bytes: u64, emit: &mut dyn FnMut(Block<'_>) -> Result<(), E>) -> Result<(), E> {
        let (text, half) = self.decoder.finish();
        self.text(&text, emit)?;
        if self.layout.framing != Framing::Lines {
            self.records(true, emit)?;
        }
        if !self.held.is_empty() && self.skipping.is_none() && self.inside_array {
            emit(Block { layout: &self.layout, offset: self.offset, carry: &self.held, bytes: &[] })?;
        }
        self.drop_front(self.held.len());
        self.half_unit(half);
        self.offset = self.offset.saturating_add(u64::from(half)).saturating_add(bytes);
        if self.layout.framing == Framing::Lines {
            self.skipping = None;
        }
        Ok(())
    }

    /// The rest of the file; a last record that breaks off is in a block too.
    pub fn finish<E>(mut self, emit: &mut dyn FnMut(Block<'_>) -> Result<(), E>) -> Result<Lost, E> {
        let (text, half) = self.decoder.finish();
        self.text(&text, emit)?;
        if self.layout.framing != Framing::Lines {
            self.records(true, emit)?;
            let open = self.outside.as_ref().is_some_and(|o| self.inside_array || !o.is_closed());
            self.lost.unclosed = open.then(|| self.offset.saturating_add(self.layout.encoding.bytes_of(&self.held)));
        }
        if !self.held.is_empty() && self.skipping.is_none() && self.inside_array {
            emit(Block { layout: &self.layout, offset: self.offset, carry: &self.held, bytes: &[] })?;
        }
        if self.skipping.is_some() {
            self.lost.longer(self.offset, self.layout.encoding.bytes_of(&self.held));
        }
        self.drop_front(self.held.len());
        self.half_unit(half);
        Ok(self.lost)
    }

    /// Half a unit at the place reached, which is no text.
    fn half_unit(&mut self, there: bool) {
        if there {
            self.lost.half_unit.get_or_insert(self.offset);
        }
    }

    /// The hot path: nothing is copied but the line that lies over two chunks.
    fn lines<E>(&mut self, mut chunk: &[u8], emit: &mut dyn FnMut(Block<'_>) -> Result<(), E>) -> Result<(), E> {
        if self.skipping.is_some() {
            let end = self.next_line(chunk);
            if end.is_some() {
                self.skipping = None;
            }
            let (gone, rest) = chunk.split_at_checked(end.unwrap_or(chunk.len())).unwrap_or((chunk, &[]));
            let gone = self.layout.encoding.bytes_of(gone);
            self.lost.longer(self.offset, gone);
            self.offset = self.offset.saturating_add(gone);
            chunk = rest;
        }
        match memchr::memrchr(b'\n', chunk) {
            Some(last) => {
                let (whole, rest) = chunk.split_at_checked(last.saturating_add(1)).unwrap_or((chunk, &[]));
                emit(Block { layout: &self.layout, offset: self.offset, carry: &self.held, bytes: whole })?;
                let encoding = self.layout.encoding;
                let taken = encoding.bytes_of(&self.held).saturating_add(encoding.bytes_of(whole));
                self.offset = self.offset.saturating_add(taken);
                self.held.clear();
                self.held.extend_from_slice(rest);
            }
            None => self.held.extend_from_slice(chunk),
        }
        if self.held.len() > LONGEST_RECORD {
            self.give_up();
            self.skipping = Some(Skip::default());
        }
        Ok(())
    }

    /// Where reading goes on in what follows a line that is too long: behind its end, or, of zeros
    /// alone, at the first other byte.
    fn next_line(&self, chunk: &[u8]) -> Option<usize> {
        if self.in_zeros {
            return chunk.iter().position(|b| *b != 0);
        }
        memchr::memchr(b'\n', chunk).map(|i| i.saturating_add(1))
    }

    /// The record at hand is too long; what is held of it goes, but for what may begin the next.
    fn give_up(&mut self) {
        let gone = self.held.len().saturating_sub(self.kept());
        self.in_zeros = self.held.iter().all(|b| *b == 0);
        let bytes = self.layout.encoding.bytes_of(self.held.get(..gone).unwrap_or_default());
        self.lost.too_long(self.offset, bytes);
        self.drop_front(gone);
    }

    /// Bytes that stay while a record is passed over, since the next may begin in them.
    fn kept(&self) -> usize {
        match self.layout.framing {
            // Its mark has two.
            Framing::Journal => 1,
            Framing::Counted => counted::BEGINNING,
            Framing::Lines
            | Framing::Continued
            | Framing::Delimited
            | Framing::JsonArray
            | Framing::JsonValues
            | Framing::Unframed
            | Framing::TornRows
            | Framing::TornJson => 0,
        }
    }

    fn records<E>(&mut self, last: bool, emit: &mut dyn FnMut(Block<'_>) -> Result<(), E>) -> Result<(), E> {
        loop {
            if self.skipping.is_some() && !self.skip() {
                return Ok(());
            }
            if !self.inside_array {
                let found = self.outside.as_mut().and_then(|o| o.enter(&self.held));
                let gone = found.unwrap_or(self.held.len());
                self.drop_front(gone);
                self.inside_array = found.is_some();
                if found.is_none() {
                    return Ok(());
                }
            }
            let (end, stop) = self.run(last);
            if end > 0 {
                let bytes = self.held.get(..end).unwrap_or_default();
                emit(Block { layout: &self.layout, offset: self.offset, carry: &[], bytes })?;
            }
            self.drop_front(end);
            match stop {
                Stop::Closed(length) => {
                    self.drop_front(length);
                    self.inside_array = false;
                }
                Stop::Fields(header) => self.layout.header = header,
                Stop::Apart(framing, length) => {
                    let layout = Layout { framing, ..self.layout.clone() };
                    let bytes = self.held.get(..length).unwrap_or_default();
                    emit(Block { layout: &layout, offset: self.offset, carry: &[], bytes })?;
                    if self.layout.framing == Framing::JsonArray
                        && let Some(after) = torn::after_array(bytes)
                    {
                        self.inside_array = false;
                        self.outside.as_mut().and_then(|o| o.enter(after));
                    }
                    self.drop_front(length);
                }
                Stop::More if self.held.len() > LONGEST_RECORD => {
                    // Brackets and strings of what is given up are counted, to find its end.
                    let mut skip = Skip::default();
                    let json = matches!(self.layout.framing, Framing::JsonArray | Framing::JsonValues);
                    let inside = !json || skip.end(&self.held).is_none();
                    self.give_up();
                    self.skipping = inside.then_some(skip);
                    return Ok(());
                }
                Stop::More => return Ok(()),
            }
        }
    }

    /// Goes on behind the end of a record that is too long; false where that is not reached.
    fn skip(&mut self) -> bool {
        let end = match (self.layout.framing, &mut self.skipping) {
            (Framing::JsonArray | Framing::JsonValues, Some(skip)) => skip.end(&self.held),
            (Framing::Journal, _) => journal::resume(&self.held),
            (Framing::Counted, _) => counted::resume(&self.held),
            // Rows and lines begin anew at the next line end, also where a quote is never closed.
            _ => self.next_line(&self.held),
        };
        let gone = end.unwrap_or(self.held.len().saturating_sub(self.kept()));
        let bytes = self.layout.encoding.bytes_of(self.held.get(..gone).unwrap_or(&self.held));
        self.lost.longer(self.offset, bytes);
        self.drop_front(gone);
        if end.is_some() {
            self.skipping = None;
        }
        end.is_some()
    }

    fn drop_front(&mut self, length: usize) {
        let bytes = self.layout.encoding.bytes_of(self.held.get(..length).unwrap_or(&self.held));
        self.held.drain(..length.min(self.held.len()));
        self.offset = self.offset.saturating_add(bytes);
    }

    /// Length of the records at the start of what is held that share a layout, and what ends them.
    fn run(&self, last: bool) -> (usize, Stop) {
        let format = self.profile.delimited.as_ref();
        let rows = format.map(|d| d.rows(&self.layout));
        let directives = self.layout.framing == Framing::Delimited && format.is_some_and(|d| d.header == Header::Directive);
        let mut at = 0usize;
        loop {
            let rest = self.held.get(at..).unwrap_or_default();
            match next(self.layout.framing, rows, rest, last) {
                Next::Record { start, end, next } => {
                    let after = at.saturating_add(next);
                    if directives && let Some(header) = rest.get(start..end).and_then(fields_directive) {
                        // The directive itself ends the old block; its line is no record.
                        if header != self.layout.header.as_slice() {
                            return (after, Stop::Fields(header.to_vec()));
                        }
                    }
                    at = after;
                }
                Next::Close { next } => return (at, Stop::Closed(next)),
                Next::Unframed { next } => return (at, Stop::Apart(Framing::Unframed, next)),
                Next::Torn { next } => return (at, Stop::Apart(self.layout.framing.torn(), next)),
                Next::More => return (at, Stop::More),
            }
        }
    }
}

enum Stop {
    More,
    /// The array ends; so many bytes lead up to and over its bracket.
    Closed(usize),
    /// Other columns from here on.
    Fields(Vec<u8>),
    /// So many bytes are cut in another way.
    Apart(Framing, usize),
}
