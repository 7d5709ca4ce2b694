//! Everything one actor did: an account, a key, an address or an agent, from its requests in the
//! order of their times. One pass, in memory that does not grow with the number of requests.

use super::sums::{Steps, Tops};
use super::utc;
use super::walks::{Enumeration, Walks};
use crate::address::Address;
use crate::columns::Dictionaries;
use crate::countries::{self, CountryTable};
use crate::error::{CaseError, Result};
use crate::postings::{KeyRange, Kind, Lists, Members, Postings, Set, value_key};
use crate::store::Store;
use crate::tally::{HOUR, served};
use crate::view::id_list;
use crate::words::stored_forms;
use rusqlite::params_from_iter;
use rusqlite::types::{Value, ValueRef};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Quiet time that ends a session.
const SESSION: i64 = 30 * 60 * 1_000_000;

/// Which column names the actor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum ActorKind {
    #[default]
    Actor,
    Key,
    Address,
    Agent,
}

impl ActorKind {
    pub fn column(self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::Key => "key",
            Self::Address => "address",
            Self::Agent => "agent",
        }
    }

    fn posting(self) -> Kind {
        match self {
            Self::Actor => Kind::Actor,
            Self::Key => Kind::Key,
            Self::Address => Kind::Address,
            Self::Agent => Kind::Agent,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct ActorQuestion {
    pub kind: ActorKind,
    pub name: String,
    /// Minutes east of UTC in which hours of the day are told; 0 where absent.
    pub zone_minutes: Option<i32>,
    pub from: Option<String>,
    pub to: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct ActorReport {
    pub name: String,
    #[ts(type = "number")]
    pub requests: u64,
    #[ts(type = "number")]
    pub served: u64,
    #[ts(type = "number")]
    pub undated: u64,
    pub first: Option<String>,
    pub last: Option<String>,
    /// Requests of the whole case at any time, for comparison.
    #[ts(type = "number")]
    pub requests_of_all: u64,
    pub sessions: Sessions,
    pub pace: PaceReport,
    pub enumeration: Enumeration,
    /// Distinct subjects served, and asked for.
    #[ts(type = "number")]
    pub subjects_served: u64,
    #[ts(type = "number")]
    pub subjects_asked: u64,
    pub addresses: Others,
    /// Requests by country of the address, where a table of countries was given; "-" where it has none.
    pub countries: Option<Others>,
    pub country_table: Option<CountryTable>,
    pub agents: Others,
    pub keys: Others,
    /// Actors of these requests.
    pub actors: Others,
    /// Other actors from the same addresses, over the whole case.
    pub others_at_addresses: Others,
    /// Other keys from the same addresses, over the whole case: of each actor at each address the
    /// greatest, with the actor's requests there.
    pub other_keys_at_addresses: Others,
    pub statuses: Others,
    /// Requests by hour of the day in the zone asked for, from 0 to 23.
    #[ts(type = "number[]")]
    pub hours: Vec<u64>,
    /// Requests by day of the week in that zone, from Monday.
    #[ts(type = "number[]")]
    pub weekdays: Vec<u64>,
    pub zone_minutes: i32,
    /// How the numbers are defined.
    pub basis: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Sessions {
    #[ts(type = "number")]
    pub count: u64,
    #[ts(type = "number")]
    pub longest_seconds: u64,
    /// The longest times without a request, longest first: from, to.
    pub quiet: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct PaceReport {
    /// Most requests within one clock hour, and that hour.
    #[ts(type = "number")]
    pub busiest_hour: u64,
    pub busiest_hour_at: Option<String>,
    /// Middle of the seconds between requests of one session.
    pub median_seconds: Option<f64>,
    /// Share of the steps that are within a tenth (and half a second) of the commonest step.
    pub share_at_commonest: f64,
    pub commonest_seconds: Option<f64>,
}

/// Values with their counts, the most frequent first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Others {
    #[ts(type = "[string, number][]")]
    pub top: Vec<(String, u64)>,
    /// Distinct values in all; a lower bound where `more` is true.
    #[ts(type = "number")]
    pub distinct: u64,
    pub more: bool,
}

/// What one actor did. `progress` is given the rows read; false stops it.
pub fn actor(store: &Store, q: &ActorQuestion, progress: &mut dyn FnMut(u64) -> bool) -> Result<ActorReport> {
    let mut values = stored(store, q)?;
    let key = |v: &Value| value_key(v.into()).map(|key| KeyRange { kind: q.kind.posting(), from: key, to: key });
    let mut keys: Vec<KeyRange> = values.iter().filter_map(key).collect();
    keys.sort_unstable_by_key(|k| k.from);
    let members = Members::of(Set::of(keys));
    let marks = vec!["?"; values.len()].join(", ");
    let mut sql = format!(
        "SELECT e.at, e.address, e.agent, e.key, e.subject, s.status, e.actor, s.exposes IS NOT NULL FROM event e CROSS JOIN shape s ON s.id = e.shape
         WHERE e.{} IN ({marks}) AND s.form & 128",
        q.kind.column()
    );
    for (bound, op) in [(&q.from, ">="), (&q.to, "<")] {
        if let Some(text) = bound {
            let at = crate::view::parse_time(text).ok_or_else(|| CaseError::BadQuestion {
                why: format!("{text} is not a time"),
                hint: "A time is written 2025-06-24 or 2025-06-24T07:20:34Z.",
            })?;
            sql.push_str(&format!(" AND e.at {op} ?"));
            values.push(Value::Integer(at));
        }
    }
    sql.push_str(" AND e.id IN (SELECT value FROM json_each(?)) ORDER BY e.at, e.id");
    let zone = q.zone_minutes.unwrap_or(0);
    let shift = i64::from(zone) * 60_000_000;
    let mut known = Dictionaries::default();
    let [mut addresses, mut agents, mut keys, mut statuses, mut actors] = std::array::from_fn(|_| Tops::default());
    let mut report = empty(q, zone);
    let (mut steps, mut walks, mut hour) = (Steps::default(), Walks::default(), (i64::MIN, 0u64));
    let (mut got, mut asked) = (roaring::RoaringTreemap::new(), roaring::RoaringTreemap::new());
    let mut texts = BTreeMap::new();
    let (mut before, mut began, mut quiet) = (None::<i64>, 0i64, Vec::new());
    let mut first_last: Option<(i64, i64)> = None;
    let mut statement = store.db.prepare(&sql)?;
    let postings = Postings::open(&store.db)?;
    let mut lists = Lists::new(&postings, &members)?;
    let asked_for = values.len();
    let mut list = lists.next()?;
    while let Some(ids) = &list {
        values.truncate(asked_for);
        values.push(id_list(ids.iter().copied()));
        let mut rows = statement.query(params_from_iter(&values))?;
        while let Some(r) = rows.next()? {
            report.requests += 1;
            if report.requests.is_multiple_of(50_000) && !progress(report.requests) {
                return Err(CaseError::Cancelled);
            }
            let status: Option<i64> = r.get(5)?;
            let is_served = served(status, r.get(7)?);
            report.served += u64::from(is_served);
            statuses.add(status.map(|s| s.to_string().into_bytes()));
            addresses.add(Address::read(r.get_ref(1)?));
            agents.add(known.words.bytes(&store.db, r.get_ref(2)?)?);
            keys.add(known.words.bytes(&store.db, r.get_ref(3)?)?);
            actors.add(known.words.bytes(&store.db, r.get_ref(6)?)?);
            let subject = match r.get_ref(4)? {
                ValueRef::Integer(n) => {
                    walks.number(n);
                    Some(n.cast_unsigned())
                }
                ValueRef::Text(b) | ValueRef::Blob(b) => {
                    walks.text();
                    let next = u64::MAX - texts.len() as u64;
                    Some(*texts.entry(b.to_vec()).or_insert(next))
                }
                ValueRef::Null | ValueRef::Real(_) => None,
            };
            if let Some(s) = subject {
                asked.insert(s);
                if is_served {
                    got.insert(s);
                }
            }
            let Some(at) = r.get::<_, Option<i64>>(0)? else {
                report.undated += 1;
                continue;
            };
            first_last = Some((first_last.map_or(at, |f| f.0), at));
            match before.map(|b| at - b) {
                Some(step) if step <= SESSION => steps.add(step),
                step => {
                    if let Some(b) = before {
                        report.sessions.longest_seconds =
                            report.sessions.longest_seconds.max(((b - began) / 1_000_000).cast_unsigned());
                        quiet.push((step.unwrap_or(0), b, at));
                        quiet.sort_by_key(|q| std::cmp::Reverse(q.0));
                        quiet.truncate(10);
                    }
                    report.sessions.count += 1;
                    began = at;
                }
            }
            before = Some(at);
            let this = at.div_euclid(HOUR);
            hour = if hour.0 == this { (this, hour.1 + 1) } else { (this, 1) };
            if hour.1 > report.pace.busiest_hour {
                report.pace.busiest_hour = hour.1;
                report.pace.busiest_hour_at = Some(utc(this * HOUR));
            }
            let local = at + shift;
            if let Some(h) = report.hours.get_mut(local.div_euclid(HOUR).rem_euclid(24) as usize) {
                *h += 1;
            }
            // 1970-01-01 was a Thursday.
            if let Some(d) = report.weekdays.get_mut((local.div_euclid(crate::tally::DAY) + 3).rem_euclid(7) as usize) {
                *d += 1;
            }
        }
        drop(rows);
        list = lists.next()?;
    }
    if let Some(b) = before {
        report.sessions.longest_seconds = report.sessions.longest_seconds.max(((b - began) / 1_000_000).cast_unsigned());
    }
    report.sessions.quiet = quiet.into_iter().map(|(_, from, to)| (utc(from), utc(to))).collect();
    (report.first, report.last) = first_last.map_or((None, None), |(f, l)| (Some(utc(f)), Some(utc(l))));
    report.pace.median_seconds = steps.median();
    (report.pace.commonest_seconds, report.pace.share_at_commonest) = steps.commonest();
    report.enumeration = walks.finish();
    (report.subjects_served, report.subjects_asked) = (got.len(), asked.len());
    (report.others_at_addresses, report.other_keys_at_addresses) = neighbours(store, &addresses, &actors, &keys, progress)?;
    report.country_table = countries::in_force(store)?;
    if report.country_table.is_some() {
        report.basis.push("countries are those that the table of countries has for the addresses; -: it has none".into());
        report.countries = Some(by_country(store, &addresses)?);
    }
    report.addresses = addresses.others();
    report.agents = agents.others();
    report.keys = keys.others();
    report.actors = actors.others();
    report.statuses = statuses.others();
    report.requests_of_all =
        store.db.query_row("SELECT coalesce(sum(requests), 0) FROM pair", [], |r| r.get::<_, i64>(0))?.cast_unsigned();
    Ok(report)
}

fn empty(q: &ActorQuestion, zone: i32) -> ActorReport {
    ActorReport {
        name: q.name.clone(),
        requests: 0,
        served: 0,
        undated: 0,
        first: None,
        last: None,
        requests_of_all: 0,
        sessions: Sessions::default(),
        pace: PaceReport::default(),
        enumeration: Enumeration::default(),
        subjects_served: 0,
        subjects_asked: 0,
        addresses: Others::default(),
        countries: None,
        country_table: None,
        agents: Others::default(),
        keys: Others::default(),
        actors: Others::default(),
        others_at_addresses: Others::default(),
        other_keys_at_addresses: Others::default(),
        statuses: Others::default(),
        hours: vec![0; 24],
        weekdays: vec![0; 7],
        zone_minutes: zone,
        basis: vec![
            "a session ends where no request follows for 30 minutes".into(),
            "served: a status of 2xx or none recorded, or one by which the log profile says that data was served".into(),
            "sessions, steps and hours leave out requests without a time".into(),
            "others at the addresses: over the whole case, whatever time is asked about".into(),
            "other keys at the addresses: of each actor at each address the key id, with all of that actor's requests there; (several) where it used more than one, which may be this one too".into(),
        ],
    }
}

/// The values that rows of the one asked about may hold.
fn stored(store: &Store, q: &ActorQuestion) -> Result<Vec<Value>> {
    match q.kind {
        ActorKind::Address => Ok(vec![Address::of(q.name.as_bytes()).value()]),
        ActorKind::Actor | ActorKind::Key | ActorKind::Agent => Ok(stored_forms(&store.db, &q.name)?),
    }
}

/// Requests by country, of the addresses that are counted one by one.
fn by_country(store: &Store, addresses: &Tops) -> Result<Others> {
    let mut tops = Tops::default();
    for (address, n) in &addresses.of {
        let country = countries::of_address(store, address)?;
        tops.add_count(Some(country.map_or_else(|| b"-".to_vec(), String::into_bytes)), *n);
    }
    let others = tops.others();
    Ok(Others { more: others.more || addresses.more, ..others })
}

/// Addresses that are looked up at once.
const AT_ONCE: usize = 5_000;

/// Other actors and keys than these, from the addresses counted one by one.
fn neighbours(
    store: &Store,
    addresses: &Tops,
    actors: &Tops,
    keys: &Tops,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<(Others, Others)> {
    let mut known = Dictionaries::default();
    let (mut others, mut other_keys) = (Tops::default(), Tops::default());
    let all: Vec<&Vec<u8>> = addresses.of.keys().collect();
    for some in all.chunks(AT_ONCE) {
        let wanted: Vec<Value> = some.iter().map(|a| Address::of(a).value()).collect();
        let marks = vec!["?"; wanted.len()].join(",");
        let sql = format!("SELECT actor, key, sum(requests) FROM pair WHERE address IN ({marks}) GROUP BY actor, key");
        let mut statement = store.db.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(wanted))?;
        let mut read = 0u64;
        while let Some(r) = rows.next()? {
            read += 1;
            if read.is_multiple_of(50_000) && !progress(read) {
                return Err(CaseError::Cancelled);
            }
            let requests = r.get::<_, i64>(2)?.cast_unsigned();
            let name = known.words.bytes(&store.db, r.get_ref(0)?)?;
            others.add_count(name.filter(|n| !actors.of.contains_key(n)), requests);
            let key = r.get_ref(1)?.as_bytes_or_null().ok().flatten().map(<[u8]>::to_vec);
            other_keys.add_count(key.filter(|k| !keys.of.contains_key(k)), requests);
        }
    }
    let more = addresses.more;
    let [others, other_keys] = [others.others(), other_keys.others()].map(|o| Others { more: o.more || more, ..o });
    Ok((others, other_keys))
}
