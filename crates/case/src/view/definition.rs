//! A view: one SQL file whose header declares its columns. The list of views is here.

use super::time_text::parse_time;
use crate::api::{ColumnKind, Filter, Query, RowTable};
use crate::tally::DAY;
use std::sync::OnceLock;

/// How a stored value becomes the value shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Plain,
    /// The number of a word of the dictionary, or the text itself.
    Word,
    /// Several of those, comma-separated; their own words are merged and sorted.
    WordList,
    /// A word without its longer numbers, which the hidden column `numbers` holds; or the text itself.
    Template,
    /// A number where the text is written as one.
    Id,
    /// An address: IPv4 as an integer, IPv6 as 16 bytes, or text.
    Address,
    /// A code of one of the model's enumerations.
    Code(Codes),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codes {
    Action,
    State,
    Kind,
    NameState,
    RecordState,
    ContentState,
    Severity,
    Parser,
}

#[derive(Clone, Debug)]
pub struct Column {
    pub name: &'static str,
    pub title: &'static str,
    pub kind: ColumnKind,
    pub encoding: Encoding,
    pub facet: bool,
    pub order: bool,
}

/// A column of the rows below a grouped view, usable in filters only.
#[derive(Clone, Debug)]
pub struct BaseColumn {
    pub name: &'static str,
    pub kind: ColumnKind,
    pub encoding: Encoding,
    pub expression: String,
}

/// What a row of a view is a row of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOf {
    Table(RowTable),
    /// The hidden column `row_table` tells: 1 file, 2 event.
    Any,
    /// It stands for many.
    None,
}

/// The table below a part of a view that is made for one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// Of the counts of the days asked for, by actor and kind of data.
    Days,
    /// Of the rows, from their postings, by actor and address.
    Pairs,
    /// The same by actor and kind of data.
    Kinds,
    /// The same by subject and actor: a page of them.
    Subjects,
}

#[derive(Clone, Debug)]
pub struct View {
    pub name: &'static str,
    pub title: &'static str,
    pub about: &'static str,
    pub row: RowOf,
    /// Column of the id, first in the statement; none for grouped views.
    pub id: Option<&'static str>,
    pub order: Option<&'static str>,
    pub descending: bool,
    pub columns: Vec<Column>,
    pub base: Vec<BaseColumn>,
    pub hidden: Vec<&'static str>,
    /// Column of the time range.
    pub time: Option<&'static str>,
    /// A hidden whole number that is unique, for paging, where rows have no id.
    pub key: Option<&'static str>,
    /// Condition on shapes that says which events a view of events has; all where there is none.
    pub shapes: Option<&'static str>,
    /// Condition on the shapes of the events that a view of more than events reads, where it says `/*events*/`.
    pub events: Option<&'static str>,
    pub sql: &'static str,
    /// The same view over what was counted at the import, for queries that ask for no more: the
    /// quickest first.
    pub counted: Vec<View>,
    /// How its table is made for each question; a table of the case where it is not.
    pub made: Option<Made>,
    /// A statement that gives the number of rows of the view from what was counted; null while there
    /// are rows that were not.
    pub total: Option<&'static str>,
}

impl View {
    /// Id or key: what makes the order of rows total.
    pub fn unique(&self) -> Option<&'static str> {
        self.id.or(self.key)
    }
    /// The part of the view that answers a query: over the counts where they hold what it asks for.
    pub fn for_query(&self, query: &Query) -> &View {
        let counts = |part: &&View| matches!(part.made, None | Some(Made::Days));
        self.counted.iter().filter(counts).find(|part| self.is_answered_by(part, query)).unwrap_or(self)
    }
    /// The part that is summed from the postings of the rows.
    pub fn of_rows(&self) -> Option<(&View, Made)> {
        self.counted.iter().find_map(|part| Some((part, part.made.filter(|m| *m != Made::Days)?)))
    }
    fn is_answered_by(&self, counted: &View, query: &Query) -> bool {
        let whole_days = |bound: &Option<String>| match bound {
            None => true,
            Some(text) => {
                counted.base.iter().any(|b| b.kind == ColumnKind::Time && b.expression.ends_with(DAY_EXPRESSION))
                    && parse_time(text).is_some_and(|t| t.rem_euclid(DAY) == 0)
            }
        };
        let known = |f: &Filter| match self.base.iter().any(|b| b.name == f.column) {
            true => {
                let base = counted.base.iter().find(|b| b.name == f.column);
                base.is_some_and(|b| b.kind != ColumnKind::Time || f.values.iter().all(|v| whole_days(&Some(v.clone()))))
                    && (f.column != "at" || matches!(f.op.as_str(), ">=" | "<"))
            }
            false => self.column(&f.column).is_some(),
        };
        whole_days(&query.from) && whole_days(&query.to) && query.filters.iter().all(known)
    }
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }
}

const FILES: [(&str, &str); 10] = [
    ("accessed", include_str!("../views/accessed.sql")),
    ("deleted", include_str!("../views/deleted.sql")),
    ("files", include_str!("../views/files.sql")),
    ("requests-by-actor", include_str!("../views/requests-by-actor.sql")),
    ("data-kinds", include_str!("../views/data-kinds.sql")),
    ("subjects", include_str!("../views/subjects.sql")),
    ("timeline", include_str!("../views/timeline.sql")),
    ("findings", include_str!("../views/findings.sql")),
    ("sources", include_str!("../views/sources.sql")),
    ("ledger", include_str!("../views/ledger.sql")),
];

/// All views, in the order they are offered.
pub fn views() -> &'static [View] {
    static VIEWS: OnceLock<Vec<View>> = OnceLock::new();
    VIEWS.get_or_init(|| FILES.iter().map(|(name, sql)| read(name, sql)).collect())
}

pub fn view(name: &str) -> Option<&'static View> {
    views().iter().find(|v| v.name == name)
}

/// The line at which a part over the counts begins.
const COUNTED: &str = "-- counted:";
/// A day's first moment, from the number of the day.
const DAY_EXPRESSION: &str = " * 86400000000";

fn read(name: &'static str, text: &'static str) -> View {
    let (sql, mut counted) = text.split_at(text.find(COUNTED).unwrap_or(text.len()));
    let mut v = View {
        name,
        title: "",
        about: "",
        row: RowOf::None,
        id: None,
        order: None,
        descending: false,
        columns: Vec::new(),
        base: Vec::new(),
        hidden: Vec::new(),
        time: None,
        key: None,
        shapes: None,
        events: None,
        sql,
        counted: Vec::new(),
        made: None,
        total: None,
    };
    header(&mut v, sql);
    if v.time.is_none() {
        v.time = v.columns.iter().find(|c| c.kind == ColumnKind::Time).map(|c| c.name);
    }
    let mut parts = Vec::new();
    while let Some(rest) = counted.strip_prefix(COUNTED) {
        let end = rest.find(COUNTED).map_or(counted.len(), |at| at + COUNTED.len());
        let (sql, more) = counted.split_at(end);
        let mut part = View { base: Vec::new(), hidden: Vec::new(), sql, ..v.clone() };
        header(&mut part, sql);
        parts.push(part);
        counted = more;
    }
    v.counted = parts;
    v
}

fn header(v: &mut View, sql: &'static str) {
    for line in sql.lines() {
        let Some((key, value)) = line.strip_prefix("-- ").and_then(|l| l.split_once(':')) else { continue };
        let value = value.trim();
        match key {
            "title" => v.title = value,
            "about" => v.about = value,
            "row" => (v.row, v.id) = row_of(value),
            "order" => {
                let (column, direction) = value.split_once(' ').unwrap_or((value, ""));
                v.order = Some(column).filter(|c| *c != "none");
                v.descending = direction == "desc";
            }
            "time" => v.time = Some(value),
            "key" => v.key = Some(value),
            "total" => v.total = Some(value),
            "made" => {
                v.made = match value {
                    "days" => Some(Made::Days),
                    "pairs" => Some(Made::Pairs),
                    "kinds" => Some(Made::Kinds),
                    "subjects" => Some(Made::Subjects),
                    _ => None,
                }
            }
            "shapes" => v.shapes = Some(value),
            "events" => v.events = Some(value),
            "hidden" => v.hidden.push(value),
            "column" => v.columns.extend(column(value)),
            "base" => v.base.extend(base(value)),
            _ => {}
        }
    }
}

fn row_of(value: &str) -> (RowOf, Option<&'static str>) {
    match value {
        "event" => (RowOf::Table(RowTable::Event), Some("event_id")),
        "file" => (RowOf::Table(RowTable::File), Some("file_id")),
        "finding" => (RowOf::Table(RowTable::Finding), Some("finding_id")),
        "entry" => (RowOf::Table(RowTable::Entry), Some("entry_seq")),
        "any" => (RowOf::Any, Some("row_id")),
        _ => (RowOf::None, None),
    }
}

/// `name kind "Title" [facet] [order] [word|wordlist|template|id|address|code=...]`
fn column(text: &'static str) -> Option<Column> {
    let (head, rest) = text.split_once('"')?;
    let (title, marks) = rest.split_once('"')?;
    let mut head = head.split_whitespace();
    let (name, kind) = (head.next()?, kind(head.next()?)?);
    let marks: Vec<&str> = marks.split_whitespace().collect();
    Some(Column {
        name,
        title,
        kind,
        encoding: encoding(&marks),
        facet: marks.contains(&"facet"),
        order: marks.contains(&"order"),
    })
}

/// `name kind expression [word|template|id|address]`
fn base(text: &'static str) -> Option<BaseColumn> {
    let mut parts = text.splitn(3, ' ');
    let (name, kind_name, rest) = (parts.next()?, parts.next()?, parts.next()?);
    if kind_name == "day" {
        // The bound is compared with the first moment of the day; it must be one itself.
        let expression = format!("{rest}{DAY_EXPRESSION}");
        return Some(BaseColumn { name, kind: ColumnKind::Time, encoding: Encoding::Plain, expression });
    }
    let kind = kind(kind_name)?;
    let (expression, encoding) = match rest.rsplit_once(' ') {
        Some((e, "word")) => (e, Encoding::Word),
        Some((e, "template")) => (e, Encoding::Template),
        Some((e, "id")) => (e, Encoding::Id),
        Some((e, "address")) => (e, Encoding::Address),
        _ => (rest, Encoding::Plain),
    };
    Some(BaseColumn { name, kind, encoding, expression: expression.to_owned() })
}

fn encoding(marks: &[&str]) -> Encoding {
    marks
        .iter()
        .find_map(|m| {
            Some(match *m {
                "word" => Encoding::Word,
                "template" => Encoding::Template,
                "id" => Encoding::Id,
                "address" => Encoding::Address,
                "wordlist" => Encoding::WordList,
                "code=action" => Encoding::Code(Codes::Action),
                "code=state" => Encoding::Code(Codes::State),
                "code=kind" => Encoding::Code(Codes::Kind),
                "code=name_state" => Encoding::Code(Codes::NameState),
                "code=record_state" => Encoding::Code(Codes::RecordState),
                "code=content_state" => Encoding::Code(Codes::ContentState),
                "code=severity" => Encoding::Code(Codes::Severity),
                "code=parser" => Encoding::Code(Codes::Parser),
                _ => return None,
            })
        })
        .unwrap_or(Encoding::Plain)
}

fn kind(word: &str) -> Option<ColumnKind> {
    Some(match word {
        "time" => ColumnKind::Time,
        "text" => ColumnKind::Text,
        "path" => ColumnKind::Path,
        "integer" => ColumnKind::Integer,
        "bytes" => ColumnKind::Bytes,
        "state" => ColumnKind::State,
        "digest" => ColumnKind::Digest,
        "words" => ColumnKind::Words,
        "json" => ColumnKind::Json,
        _ => return None,
    })
}

impl Codes {
    /// Every code with its label.
    pub fn all(self) -> Vec<(i64, &'static str)> {
        macro_rules! of {
            ($t:ty) => {
                <$t>::ALL.iter().map(|v| (i64::from(v.code()), v.label())).collect()
            };
        }
        match self {
            Self::Action => of!(model::Action),
            Self::State => of!(model::State),
            Self::Kind => of!(model::EntryKind),
            Self::NameState => of!(model::NameState),
            Self::RecordState => of!(model::RecordState),
            Self::ContentState => of!(model::ContentState),
            Self::Severity => of!(model::Severity),
            Self::Parser => artifacts::PARSERS.iter().map(|p| (i64::from(p.id), p.name)).collect(),
        }
    }
    pub fn label(self, code: i64) -> String {
        self.all().into_iter().find(|(c, _)| *c == code).map_or_else(|| code.to_string(), |(_, l)| l.to_owned())
    }
    pub fn code(self, label: &str) -> Option<i64> {
        self.all().into_iter().find(|(_, l)| *l == label).map(|(c, _)| c).or_else(|| label.parse().ok())
    }
}
