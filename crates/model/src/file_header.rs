//! The canonical bytes of a file row.

use crate::canonical::{get_option, get_spans, patch, patch_spans, put_option, put_spans, put_u32, put_u64};
use crate::{
    ContentState, EntryKind, FieldError, FieldReader, FileEntry, Json, NameState, RecordState, Span, StampKind, Value, Zone,
};

/// Header of a file row. Times are those of the live record in microseconds; `zone` is theirs.
#[derive(Clone, Debug, PartialEq)]
pub struct FileHeader {
    pub source: u32,
    pub kind: EntryKind,
    pub name: NameState,
    pub record_state: RecordState,
    pub content: ContentState,
    pub from_journal: bool,
    pub record: Option<u64>,
    pub sequence: Option<u32>,
    pub parent: Option<u64>,
    pub size: u64,
    pub zone: Zone,
    /// Modified, accessed, changed, created, deleted.
    pub times: [Option<i64>; 5],
    pub spans: Vec<Span>,
}

impl FileHeader {
    pub fn of(entry: &FileEntry, source: u32) -> Self {
        let time = |kind: StampKind| entry.stamps.iter().find(|s| s.kind == kind).map(|s| s.moment.micros);
        Self {
            source,
            kind: entry.kind,
            name: entry.verdict.name,
            record_state: entry.verdict.record,
            content: entry.verdict.content,
            from_journal: entry.from_journal,
            record: entry.record,
            sequence: entry.sequence,
            parent: entry.parent,
            size: entry.size,
            zone: entry.stamps.first().map_or(Zone::Utc, |s| s.moment.zone),
            times: [
                time(StampKind::Modified),
                time(StampKind::Accessed),
                time(StampKind::Changed),
                time(StampKind::Created),
                time(StampKind::Deleted),
            ],
            spans: entry.origin.iter().map(|(offset, length)| Span { source, offset: *offset, length: *length }).collect(),
        }
    }

    pub fn encode(&self, out: &mut Vec<u8>) {
        put_u32(out, self.source);
        out.extend_from_slice(&[
            self.kind.code(),
            self.name.code(),
            self.record_state.code(),
            self.content.code(),
            u8::from(self.from_journal),
        ]);
        put_option(out, self.record);
        put_option(out, self.sequence.map(u64::from));
        put_option(out, self.parent);
        put_u64(out, self.size);
        let (zone, minutes) = self.zone.code();
        out.push(zone);
        out.extend_from_slice(&minutes.to_le_bytes());
        for t in self.times {
            out.push(u8::from(t.is_some()));
            out.extend_from_slice(&t.unwrap_or(0).to_le_bytes());
        }
        put_spans(out, &self.spans);
    }

    pub fn decode(header: &[u8]) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(header, 0);
        let source = r.u32("source")?;
        let [kind, name, record_state, content, journal] = r.array("states")?;
        let bad = |what: &'static str, v: u8| r.wrong(what, "a known code", v);
        let kind = EntryKind::from_code(kind).ok_or_else(|| bad("kind", kind))?;
        let name = NameState::from_code(name).ok_or_else(|| bad("name state", name))?;
        let record_state = RecordState::from_code(record_state).ok_or_else(|| bad("record state", record_state))?;
        let content = ContentState::from_code(content).ok_or_else(|| bad("content state", content))?;
        let record = get_option(&mut r, "record")?;
        let sequence = get_option(&mut r, "sequence")?.and_then(|v| u32::try_from(v).ok());
        let parent = get_option(&mut r, "parent")?;
        let size = r.u64("size")?;
        let basis = r.u8("zone basis")?;
        let minutes = i16::from_le_bytes(r.array("zone minutes")?);
        let zone = Zone::from_code(basis, minutes).ok_or_else(|| r.wrong("zone basis", "a known basis", basis))?;
        let mut times = [None; 5];
        for t in &mut times {
            let there = r.u8("time")?;
            let v = r.i64("time")?;
            *t = (there != 0).then_some(v);
        }
        let from_journal = journal != 0;
        let spans = get_spans(&mut r)?;
        Ok(Self { source, kind, name, record_state, content, from_journal, record, sequence, parent, size, zone, times, spans })
    }

    /// Spans start after the fixed part: source 4, codes 5, three options 27, size 8, zone 3, times 45.
    const SPAN_COUNT_AT: usize = 92;
    pub(crate) fn renumber(header: &mut [u8], map: &dyn Fn(u32) -> u32) {
        patch(header, 0, map);
        patch_spans(header, Self::SPAN_COUNT_AT, map);
    }

    /// The fields of a file row: path, detail, and two that are reserved.
    pub fn detail(entry: &FileEntry) -> Vec<u8> {
        const RUNS_LISTED: usize = 65_536;
        let v = &entry.verdict;
        let mut map: Vec<(&str, Value<'_>)> = vec![
            ("attributes", Value::Uint(u64::from(entry.attributes))),
            ("links", Value::Uint(u64::from(entry.links))),
            (
                "rules",
                Value::Map(vec![
                    ("name", v.name_rule.into()),
                    ("record", v.record_rule.into()),
                    ("content", v.content_rule.into()),
                ]),
            ),
        ];
        let mut owner: Vec<(&str, Value<'_>)> = Vec::new();
        if let Some(sid) = &entry.owner.sid {
            owner.push(("sid", sid.as_str().into()));
        }
        if let Some(uid) = entry.owner.uid {
            owner.push(("uid", Value::Uint(u64::from(uid))));
        }
        if let Some(gid) = entry.owner.gid {
            owner.push(("gid", Value::Uint(u64::from(gid))));
        }
        if !owner.is_empty() {
            map.push(("owner", Value::Map(owner)));
        }
        if let Some(s) = entry.parent_sequence {
            map.push(("parent_sequence", Value::Uint(u64::from(s))));
        }
        if let Some(t) = &entry.target {
            map.push(("target", Value::Text(t)));
        }
        for (k, value) in &entry.more {
            map.push((k, value.as_str().into()));
        }
        if !entry.stamps.is_empty() {
            let stamps = entry.stamps.iter().map(|s| (s.kind.label(), Value::Uint(s.raw))).collect();
            map.push(("raw_times", Value::Map(stamps)));
            let names: Vec<(&str, Value<'_>)> = entry
                .stamps
                .iter()
                .filter(|s| s.kind.code() >= StampKind::NameModified.code())
                .map(|s| (s.kind.label(), Value::Int(s.moment.micros)))
                .collect();
            if !names.is_empty() {
                map.push(("name_times", Value::Map(names)));
            }
        }
        let streams = entry
            .streams
            .iter()
            .map(|s| {
                let runs = s
                    .runs
                    .iter()
                    .take(RUNS_LISTED)
                    .map(|r| {
                        let at = r.offset.map_or(Value::Int(-1), Value::Uint);
                        Value::List(vec![at, Value::Uint(r.length)])
                    })
                    .collect();
                let mut m = vec![("name", Value::Text(&s.name)), ("size", Value::Uint(s.size)), ("runs", Value::List(runs))];
                if s.runs.len() > RUNS_LISTED {
                    m.push(("runs_of", Value::Uint(s.runs.len() as u64)));
                }
                if s.initialized != s.size {
                    m.push(("initialized", Value::Uint(s.initialized)));
                }
                let f = s.flags;
                for (on, name) in
                    [(f.resident, "resident"), (f.compressed, "compressed"), (f.encrypted, "encrypted"), (f.sparse, "sparse")]
                {
                    if on {
                        m.push((name, Value::Bool(true)));
                    }
                }
                Value::Map(m)
            })
            .collect::<Vec<_>>();
        if !streams.is_empty() {
            map.push(("streams", Value::List(streams)));
        }
        let mut out = Vec::new();
        Json::map(&mut out, &map);
        out
    }
}
