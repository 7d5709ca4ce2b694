//! The canonical bytes of an event row, against a plain second writing of docs/format.md: whoever
//! makes the encoder faster must not change a byte.

use model::{Action, Batch, Event, Json, Moment, Precision, Request, Span, State, Table, Value, Zone};

fn string(s: &[u8]) -> String {
    let Ok(s) = std::str::from_utf8(s) else {
        return format!("{{\"hex\":\"{}\"}}", s.iter().map(|b| format!("{b:02x}")).collect::<String>());
    };
    let mut out = String::from("\"");
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out + "\""
}

fn uint(v: u64) -> String {
    if v >= 1 << 53 { format!("\"{v}\"") } else { v.to_string() }
}

fn json(v: &Value<'_>) -> String {
    match v {
        Value::Text(t) => string(t),
        Value::Int(i) if i.unsigned_abs() >= 1 << 53 => format!("\"{i}\""),
        Value::Int(i) => i.to_string(),
        Value::Uint(u) => uint(*u),
        Value::Bool(b) => b.to_string(),
        Value::List(l) => format!("[{}]", l.iter().map(json).collect::<Vec<_>>().join(",")),
        Value::Map(m) => map(m),
    }
}

fn map(m: &[(&str, Value<'_>)]) -> String {
    let mut pairs: Vec<(&str, String)> = m.iter().map(|(k, v)| (*k, json(v))).collect();
    pairs.sort_by_key(|p| p.0);
    format!("{{{}}}", pairs.iter().map(|(k, v)| format!("{}:{v}", string(k.as_bytes()))).collect::<Vec<_>>().join(","))
}

fn field(out: &mut Vec<u8>, tag: u8, value: &[u8]) {
    out.push(tag);
    out.extend_from_slice(&(value.len() as u32).to_le_bytes());
    out.extend_from_slice(value);
}

fn text(out: &mut Vec<u8>, value: Option<&[u8]>) {
    field(out, u8::from(value.is_some()), value.unwrap_or_default());
}

fn reference(e: &Event<'_>, parser: u16, source: u32) -> Vec<u8> {
    let mut header = Vec::new();
    header.push(e.at.map_or(0, |m| if m.until.is_some() { 2 } else { 1 }));
    header.extend_from_slice(&e.at.map_or(0, |m| m.micros).to_le_bytes());
    header.extend_from_slice(&e.at.and_then(|m| m.until).unwrap_or(0).to_le_bytes());
    header.push(e.at.map_or(0, |m| m.precision as u8));
    let (basis, minutes) = e.at.map_or((0, 0), |m| m.zone.code());
    header.push(basis);
    header.extend_from_slice(&minutes.to_le_bytes());
    header.extend_from_slice(&e.action.code().to_le_bytes());
    header.push(e.state.code());
    header.extend_from_slice(&parser.to_le_bytes());
    header.extend_from_slice(&source.to_le_bytes());
    header.extend_from_slice(&(e.origin.len() as u32).to_le_bytes());
    for s in e.origin {
        header.extend_from_slice(&s.source.to_le_bytes());
        header.extend_from_slice(&s.offset.to_le_bytes());
        header.extend_from_slice(&s.length.to_le_bytes());
    }
    let mut fields = Vec::new();
    for f in [e.actor, e.object, e.subject] {
        text(&mut fields, f);
    }
    let more = (!e.more.is_empty()).then(|| map(e.more));
    let mut columns = Vec::new();
    let detail = match &e.request {
        None => more.clone(),
        Some(q) => {
            let mut parts: Vec<(&str, String)> = Vec::new();
            for (k, v) in [
                ("address", q.address),
                ("agent", q.agent),
                ("exposes", q.exposes),
                ("key", q.key),
                ("method", q.method),
                ("protocol", q.protocol),
                ("referrer", q.referrer),
            ] {
                text(&mut columns, v);
                parts.extend(v.map(|v| (k, string(v))));
            }
            parts.extend(q.bytes.map(|b| ("bytes", uint(b))));
            parts.extend(q.status.map(|s| ("status", uint(u64::from(s)))));
            parts.sort();
            for n in [q.bytes.map(|b| b.cast_signed()), q.status.map(i64::from)] {
                match n {
                    Some(n) => field(&mut columns, 3, &n.to_le_bytes()),
                    None => field(&mut columns, 0, &[]),
                }
            }
            text(&mut columns, more.as_ref().map(String::as_bytes));
            let request = parts.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect::<Vec<_>>().join(",");
            Some(match &more {
                Some(m) => format!("{{\"more\":{m},\"request\":{{{request}}}}}"),
                None => format!("{{\"request\":{{{request}}}}}"),
            })
        }
    };
    text(&mut fields, detail.as_ref().map(String::as_bytes));
    let mut out = Vec::new();
    let canonical = header.len() + fields.len();
    for n in [12 + canonical + columns.len(), header.len(), canonical] {
        out.extend_from_slice(&(n as u32).to_le_bytes());
    }
    out.extend([header, fields, columns].concat());
    out
}

/// A fixed sequence (xorshift), so that every run sees the same events.
struct Seed(u64);

impl Seed {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
    fn bytes(&mut self) -> Vec<u8> {
        const PIECES: [&[u8]; 12] = [
            b"a",
            b"GET /v1/customers/1",
            b"\"",
            b"\\",
            b"\x01",
            b"\n",
            "\u{AC00}\u{1F600}".as_bytes(),
            b"\xFF",
            b"\x7F",
            b"",
            b"0123456789abcdef0123456789abcdef",
            b"\x1F",
        ];
        (0..self.next(5)).flat_map(|_| PIECES[self.next(12) as usize].to_vec()).collect()
    }
    fn maybe(&mut self) -> Option<Vec<u8>> {
        (self.next(3) > 0).then(|| self.bytes())
    }
    fn number(&mut self) -> u64 {
        match self.next(5) {
            0 => 0,
            1 => (1 << 53) - 1,
            2 => 1 << 53,
            3 => u64::MAX,
            _ => self.next(100_000),
        }
    }
}

#[test]
fn event_rows_are_what_the_format_says() {
    let mut seed = Seed(0x9E37_79B9_7F4A_7C15);
    let keys = ["b", "a", "stamps", "count", "raw_time", "z\"", "\u{AC00}"];
    for round in 0..4000u64 {
        let texts: Vec<Option<Vec<u8>>> = (0..10).map(|_| seed.maybe()).collect();
        let t = |i: usize| texts[i].as_deref();
        let values: Vec<Vec<u8>> = (0..8).map(|_| seed.bytes()).collect();
        let mut more: Vec<(&str, Value<'_>)> = Vec::new();
        for i in 0..seed.next(7) as usize {
            let value = match seed.next(7) {
                0 => Value::Int(seed.number().cast_signed()),
                1 => Value::Uint(seed.number()),
                2 => Value::Bool(i % 2 == 0),
                3 => Value::List(vec![Value::Text(&values[i]), Value::Uint(seed.number())]),
                4 => Value::Map(vec![("y", Value::Text(&values[i])), ("x", Value::Int(-1))]),
                _ => Value::Text(&values[i]),
            };
            more.push((keys[i], value));
        }
        let zone = match seed.next(4) {
            0 => Zone::Utc,
            1 => Zone::Stated(540),
            2 => Zone::Assumed(-720),
            _ => Zone::Unknown,
        };
        let at = (seed.next(4) > 0).then(|| Moment {
            micros: seed.number().cast_signed(),
            until: (round % 5 == 0).then_some(7),
            precision: Precision::ALL[seed.next(8) as usize],
            zone,
        });
        let spans: Vec<Span> =
            (0..=seed.next(3)).map(|n| Span { source: n as u32, offset: seed.number(), length: seed.number() }).collect();
        let request = (round % 3 > 0).then(|| Request {
            address: t(3),
            agent: t(4),
            bytes: t(3).map(|_| seed.number()),
            exposes: t(5),
            key: t(6),
            method: t(7),
            protocol: t(8),
            referrer: t(9),
            status: t(5).map(|_| 200 + (round % 300) as u16),
        });
        let event = Event {
            action: Action::ALL[seed.next(Action::ALL.len() as u64) as usize],
            state: State::ALL[seed.next(State::ALL.len() as u64) as usize],
            at,
            actor: t(0),
            object: t(1),
            subject: t(2),
            request,
            more: &more,
            origin: &spans,
        };
        let mut batch = Batch::new(Table::Event);
        batch.event(&event, 5, 77);
        batch.event(&event, 6, 78);
        let expected = [reference(&event, 5, 77), reference(&event, 6, 78)].concat();
        assert_eq!(batch.buffer, expected, "{event:?}");
    }
}

#[test]
fn json_strings() {
    for n in 0..70 {
        for special in [b'"', b'\\', 0x1F, 0x00, b'x', 0x7F] {
            for at in 0..=n {
                let mut s = vec![b'a'; n];
                s.insert(at, special);
                let mut out = Vec::new();
                Json::text(&mut out, &s);
                assert_eq!(String::from_utf8(out).unwrap(), string(&s));
            }
        }
    }
    for v in [0, 9, 10, 99, 100, 12_345, (1 << 53) - 1, 1 << 53, u64::MAX] {
        let mut out = Vec::new();
        Json::uint(&mut out, v);
        assert_eq!(String::from_utf8(out).unwrap(), uint(v));
    }
}
