//! Events in the columns of table `event`, and back.

use super::cells::{EVENT, at};
use super::{Cells, Dictionaries, EVENT_COLUMNS, Fields, RowError, spans_blob};
use crate::address::Address;
use crate::postings::{self, Builder, Keys};
use crate::shapes::{Shape, ShapeWriter};
use crate::tally::{Counted, Tally};
use crate::template::{Numbers, Stored, decimal, join, split};
use crate::words::{TextOrBlob, WordRef, WordWriter, text_or_blob};
use model::{Action, Batch, EventHeader, FieldRef, Moment, Precision, Request, Span, State, Zone};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement};
use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};

const REQUEST: i64 = 1 << 7;

/// Whether the form of a shape is that of requests to a service.
pub fn is_request(form: i64) -> bool {
    form & REQUEST != 0
}

fn form(at: Option<Moment>, request: bool) -> i64 {
    let (precision, (zone, minutes)) = at.map_or((0, (0, 0)), |m| (m.precision as u8, m.zone.code()));
    i64::from(precision) | i64::from(zone) << 4 | if request { REQUEST } else { 0 } | i64::from(minutes) << 8
}

/// Rows of one statement: what a statement costs besides its rows is near that of two rows.
const TOGETHER: usize = 16;

/// Writes events; two prepared statements serve all, of one row and of many.
pub struct EventWriter<'a> {
    db: &'a Connection,
    one: Statement<'a>,
    /// Without their ids: SQLite counts on from the greatest, and need not look whether it has them.
    many: Statement<'a>,
    /// The greatest id of the table.
    last: Option<i64>,
    /// Rows that are still to come of those announced, each with the next id.
    announced: usize,
    /// Rows bound to `many`; None where rows go in one by one.
    bound: Option<usize>,
    words: WordWriter,
    shapes: ShapeWriter,
    templates: Seen,
    template: Vec<u8>,
    tally: Tally,
    postings: Builder,
}

/// Templates seen before, by hash: one that comes a single time is not worth a word.
struct Seen {
    bits: Vec<u64>,
    hasher: RandomState,
}

impl Seen {
    const BITS: u64 = 1 << 22;

    fn new() -> Self {
        Self { bits: vec![0; (Self::BITS / 64) as usize], hasher: RandomState::new() }
    }
    /// Whether the text was (most likely) given before.
    fn again(&mut self, text: &[u8]) -> bool {
        let bit = self.hasher.hash_one(text) % Self::BITS;
        let Some(slot) = self.bits.get_mut((bit / 64) as usize) else { return false };
        let mask = 1u64 << (bit % 64);
        let seen = *slot & mask != 0;
        *slot |= mask;
        seen
    }
}

/// A text that is most often a number.
fn decimal_or_text(text: &[u8]) -> ValueRef<'_> {
    decimal(text).map_or_else(|| text_or_blob(text), ValueRef::Integer)
}

impl<'a> EventWriter<'a> {
    /// For rows after those that `postings` knows.
    pub fn new(db: &'a Connection, postings: Builder) -> rusqlite::Result<Self> {
        let row = |columns: usize| format!("({})", vec!["?"; columns].join(","));
        let one = db.prepare(&format!("INSERT INTO event VALUES {}", row(EVENT_COLUMNS)))?;
        let names = EVENT.iter().skip(1).map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
        // What fails ends the import and all since its last commit. Else each statement would copy the pages it
        // writes to, to be able to take back some rows of it.
        let rows = vec![row(EVENT_COLUMNS - 1); TOGETHER].join(",");
        let many = db.prepare(&format!("INSERT OR FAIL INTO event ({names}) VALUES {rows}"))?;
        let last = db.query_row("SELECT max(id) FROM event", [], |r| r.get(0))?;
        let (words, shapes) = (WordWriter::default(), ShapeWriter::default());
        let tally = Tally::new()?;
        let (announced, bound, templates) = (0, None, Seen::new());
        Ok(Self { db, one, many, last, announced, bound, words, shapes, templates, template: Vec::new(), tally, postings })
    }

    /// Announces that at least so many rows come, one after the other, before anything is read or committed.
    pub fn announce(&mut self, rows: usize) {
        self.announced = rows;
    }

    /// Packs the postings of the last rows of an import.
    pub fn pack(&mut self) -> rusqlite::Result<()> {
        self.postings.finish(&mut |id, data| postings::store(self.db, id, data))
    }

    pub fn insert(
        &mut self,
        id: i64,
        h: &EventHeader,
        fields: &Fields<'_>,
        request: Option<(Request<'_>, Option<&[u8]>)>,
    ) -> Result<(), RowError> {
        let [actor, object, subject, detail] = fields;
        let is_request = request.is_some();
        let (q, detail) = match request {
            Some((q, more)) => (q, more),
            None => (Request::default(), detail.as_bytes()),
        };
        let shape = Shape {
            form: form(h.at, is_request),
            action: h.action.code(),
            state: h.state.code(),
            parser: h.parser,
            status: q.status,
            method: q.method,
            protocol: q.protocol,
            exposes: q.exposes,
        };
        let shape = self.shapes.number(self.db, &mut self.words, &shape)?;
        let (object, numbers) = self.object(object.as_bytes(), is_request)?;
        if self.bound.is_none() && self.announced >= TOGETHER && self.last.is_some_and(|last| last + 1 == id) {
            self.bound = Some(0);
        }
        self.announced = self.announced.saturating_sub(1);
        let (db, words) = (self.db, &mut self.words);
        let (insert, before) = match self.bound {
            Some(rows) => (&mut self.many, rows * (EVENT_COLUMNS - 1)),
            None => {
                self.one.raw_bind_parameter(1, id)?;
                (&mut self.one, 1)
            }
        };
        let mut word = |v| words.number(db, v);
        let (actor, agent) = (word(actor.as_bytes())?, word(q.agent)?);
        let (key, referrer) = (word(q.key)?, word(q.referrer)?);
        let address = q.address.map(Address::of);
        let keys = Keys {
            at: h.at.map(|m| m.micros),
            shape,
            actor: Keys::word(&actor),
            address: address.map(Keys::address),
            subject: subject.as_bytes().map(Keys::decimal),
            agent: Keys::word(&agent),
            object: Keys::word(&object),
            key: Keys::word(&key),
            numbers,
            texts: [Keys::text(&object), Keys::text(&agent)],
        };
        self.postings.push(id, &keys, &mut |id, data| postings::store(db, id, data))?;
        insert.raw_bind_parameter(before + 1, h.at.map(|m| m.micros))?;
        insert.raw_bind_parameter(before + 2, h.at.and_then(|m| m.until))?;
        insert.raw_bind_parameter(before + 3, shape)?;
        insert.raw_bind_parameter(before + 4, h.source)?;
        match h.spans.as_slice() {
            [span] if span.source == h.source => {
                insert.raw_bind_parameter(before + 5, span.offset.cast_signed())?;
                insert.raw_bind_parameter(before + 6, span.length.cast_signed())?;
                insert.raw_bind_parameter(before + 7, None::<i64>)?;
            }
            spans => {
                insert.raw_bind_parameter(before + 5, None::<i64>)?;
                insert.raw_bind_parameter(before + 6, None::<i64>)?;
                insert.raw_bind_parameter(before + 7, spans_blob(spans))?;
            }
        }
        insert.raw_bind_parameter(before + 8, actor)?;
        insert.raw_bind_parameter(before + 9, object)?;
        match numbers.stored() {
            Stored::None => insert.raw_bind_parameter(before + 10, None::<i64>)?,
            Stored::One(n) => insert.raw_bind_parameter(before + 10, n)?,
            Stored::More(text) => insert.raw_bind_parameter(before + 10, text)?,
        }
        let subject = subject.as_bytes().map_or(ValueRef::Null, decimal_or_text);
        insert.raw_bind_parameter(before + 11, ToSqlOutput::Borrowed(subject))?;
        insert.raw_bind_parameter(before + 12, address)?;
        insert.raw_bind_parameter(before + 13, agent)?;
        insert.raw_bind_parameter(before + 14, key)?;
        insert.raw_bind_parameter(before + 15, referrer)?;
        insert.raw_bind_parameter(before + 16, q.bytes.map(u64::cast_signed))?;
        insert.raw_bind_parameter(before + 17, detail.map(TextOrBlob))?;
        match &mut self.bound {
            Some(rows) if *rows + 1 < TOGETHER => *rows += 1,
            bound => {
                insert.raw_execute()?;
                if bound.take().is_some() && db.last_insert_rowid() != id {
                    return Err(RowError::NotARow { table: "event", id, why: "another id came to be its own".into() });
                }
                self.last = self.last.max(Some(id));
            }
        }
        let octets;
        let address = match address {
            None => ValueRef::Null,
            Some(Address::V4(n)) => ValueRef::Integer(n.into()),
            Some(Address::Text(text)) => text_or_blob(text),
            Some(Address::V6(v6)) => {
                octets = v6;
                ValueRef::Blob(&octets)
            }
        };
        let counted = Counted {
            source: h.source,
            parser: h.parser,
            shape,
            at: h.at.map(|m| m.micros),
            request: is_request,
            actor: actor.value(),
            key: key.value(),
            address,
            subject,
            detail,
            bytes: q.bytes.map(u64::cast_signed),
        };
        Ok(self.tally.add(db, &counted)?)
    }

    /// What was counted of the rows written.
    pub fn into_tally(self) -> Tally {
        self.tally
    }

    /// The target of a request as a template and its numbers, where its template comes again and
    /// again; every other object as it is.
    fn object<'o>(&mut self, object: Option<&'o [u8]>, request: bool) -> rusqlite::Result<(WordRef<'o>, Numbers)> {
        let none = Numbers::default();
        let Some(text) = object else { return Ok((WordRef::Null, none)) };
        if !request {
            return Ok((WordRef::Inline(text), none));
        }
        let numbers = split(text, &mut self.template);
        let word = if numbers.is_some() { self.template.as_slice() } else { text };
        let number = match self.words.known(word) {
            Some(n) => Some(n),
            None if self.templates.again(word) => match self.words.number(self.db, Some(word))? {
                WordRef::Number(n) => Some(n),
                WordRef::Null | WordRef::Inline(_) => None,
            },
            None => None,
        };
        Ok(match number {
            Some(n) => (WordRef::Number(n), numbers.unwrap_or_default()),
            None => (WordRef::Inline(text), none),
        })
    }
}

pub fn read(db: &Connection, known: &mut Dictionaries, c: &Cells<'_>, out: &mut Batch) -> Result<(), RowError> {
    const SHAPE: usize = at!(EVENT, "shape");
    let Dictionaries { words, shapes } = known;
    let shape = shapes.get(db, words, c.integer(SHAPE)?).map_err(|_| c.wrong(SHAPE))?;
    let form = shape.form;
    let until = c.integer_or_null(at!(EVENT, "until"))?;
    let minutes = i16::try_from(form >> 8).map_err(|_| c.wrong(SHAPE))?;
    let precision = Precision::from_u8((form & 15) as u8).ok_or_else(|| c.wrong(SHAPE))?;
    let zone = Zone::from_code((form >> 4 & 7) as u8, minutes).ok_or_else(|| c.wrong(SHAPE))?;
    let at = match c.integer_or_null(at!(EVENT, "at"))? {
        Some(micros) => Some(Moment { micros, until, precision, zone }),
        None if until.is_none() && form & !REQUEST == 0 => None,
        None => return Err(c.wrong(at!(EVENT, "at"))),
    };
    let source: u32 = c.number(at!(EVENT, "source"))?;
    let (one, many);
    let spans = match (c.integer_or_null(at!(EVENT, "offset"))?, c.integer_or_null(at!(EVENT, "length"))?) {
        (Some(o), Some(l)) if c.bytes(at!(EVENT, "spans"))?.is_none() => {
            one = [Span { source, offset: o.cast_unsigned(), length: l.cast_unsigned() }];
            &one[..]
        }
        (None, None) => {
            many = c.spans(at!(EVENT, "spans"))?;
            &many[..]
        }
        _ => return Err(c.wrong(at!(EVENT, "spans"))),
    };
    let small = |n: i64| u8::try_from(n).ok();
    let action = u16::try_from(shape.action).ok().and_then(Action::from_code).ok_or_else(|| c.wrong(SHAPE))?;
    let state = small(shape.state).and_then(State::from_code).ok_or_else(|| c.wrong(SHAPE))?;
    let parser = u16::try_from(shape.parser).map_err(|_| c.wrong(SHAPE))?;
    let status = shape.status.map(|s| u16::try_from(s).map_err(|_| c.wrong(SHAPE))).transpose()?;
    let mut header = Vec::with_capacity(64);
    EventHeader::encode(&mut header, at, action, state, parser, source, spans);
    let [actor, agent, key, referrer, template] = words.all(
        db,
        [
            c.value(at!(EVENT, "actor")),
            c.value(at!(EVENT, "agent")),
            c.value(at!(EVENT, "key")),
            c.value(at!(EVENT, "referrer")),
            c.value(at!(EVENT, "object")),
        ],
    )?;
    let address = match c.value(at!(EVENT, "address")) {
        ValueRef::Null => None,
        stored => Some(Address::read(stored).ok_or_else(|| c.wrong(at!(EVENT, "address")))?),
    };
    let object = object(c, template)?;
    let subject = subject(c)?;
    let stored = c.bytes(at!(EVENT, "detail"))?;
    let request = Request {
        address: address.as_deref(),
        agent,
        bytes: c.integer_or_null(at!(EVENT, "bytes"))?.map(i64::cast_unsigned),
        exposes: shape.exposes.as_deref(),
        key,
        method: shape.method.as_deref(),
        protocol: shape.protocol.as_deref(),
        referrer,
        status,
    };
    let rebuilt;
    let detail = if is_request(form) {
        rebuilt = Batch::request_detail(&request, stored);
        Some(rebuilt.as_slice())
    } else if request != Request::default() {
        return Err(c.wrong(SHAPE));
    } else {
        stored
    };
    out.raw(&header, &[actor, object.as_deref(), subject.as_deref(), detail].map(FieldRef::text));
    Ok(())
}

/// The object, its numbers put back. Only the split that an import makes is right: by another one a
/// filter would miss the row.
fn object<'a>(c: &Cells<'_>, word: Option<&'a [u8]>) -> Result<Option<Cow<'a, [u8]>>, RowError> {
    const NUMBERS: usize = at!(EVENT, "numbers");
    let numbers = match c.value(NUMBERS) {
        ValueRef::Null => None,
        ValueRef::Integer(n) => Some(Numbers::one(n)),
        ValueRef::Text(t) => {
            let read = std::str::from_utf8(t).ok().and_then(Numbers::read);
            Some(read.filter(|n| n.as_slice().len() > 1).ok_or_else(|| c.wrong(NUMBERS))?)
        }
        ValueRef::Real(_) | ValueRef::Blob(_) => return Err(c.wrong(NUMBERS)),
    };
    let by_number = matches!(c.value(at!(EVENT, "object")), ValueRef::Integer(_));
    let mut template = Vec::new();
    match (word, numbers) {
        (None, None) => Ok(None),
        (Some(text), None) => {
            let unsplit = !by_number || split(text, &mut template).is_none();
            if unsplit { Ok(Some(Cow::Borrowed(text))) } else { Err(c.wrong(NUMBERS)) }
        }
        (Some(word), Some(numbers)) if by_number => {
            let text = join(word, &numbers).ok_or_else(|| c.wrong(NUMBERS))?;
            let same = split(&text, &mut template) == Some(numbers) && template == word;
            if same { Ok(Some(Cow::Owned(text))) } else { Err(c.wrong(NUMBERS)) }
        }
        (_, Some(_)) => Err(c.wrong(NUMBERS)),
    }
}

/// The subject; one that is written as a number is stored as that number.
fn subject<'r>(c: &Cells<'r>) -> Result<Option<Cow<'r, [u8]>>, RowError> {
    const SUBJECT: usize = at!(EVENT, "subject");
    match c.value(SUBJECT) {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(n) => {
            let text = n.to_string().into_bytes();
            if decimal(&text) == Some(n) { Ok(Some(Cow::Owned(text))) } else { Err(c.wrong(SUBJECT)) }
        }
        ValueRef::Text(b) | ValueRef::Blob(b) if decimal(b).is_none() => Ok(Some(Cow::Borrowed(b))),
        ValueRef::Text(_) | ValueRef::Blob(_) | ValueRef::Real(_) => Err(c.wrong(SUBJECT)),
    }
}
