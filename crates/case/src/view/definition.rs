//! A view: one SQL file whose header declares its columns. The list of views is here.

use crate::api::{ColumnKind, RowTable};
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
    pub expression: &'static str,
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
    pub sql: &'static str,
}

impl View {
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }
}

const FILES: [(&str, &str); 9] = [
    ("accessed", include_str!("../views/accessed.sql")),
    ("deleted", include_str!("../views/deleted.sql")),
    ("files", include_str!("../views/files.sql")),
    ("requests-by-actor", include_str!("../views/requests-by-actor.sql")),
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

fn read(name: &'static str, sql: &'static str) -> View {
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
        sql,
    };
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
            "hidden" => v.hidden.push(value),
            "column" => v.columns.extend(column(value)),
            "base" => v.base.extend(base(value)),
            _ => {}
        }
    }
    if v.time.is_none() {
        v.time = v.columns.iter().find(|c| c.kind == ColumnKind::Time).map(|c| c.name);
    }
    v
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
    let (name, kind, rest) = (parts.next()?, kind(parts.next()?)?, parts.next()?);
    let (expression, encoding) = match rest.rsplit_once(' ') {
        Some((e, "word")) => (e, Encoding::Word),
        Some((e, "template")) => (e, Encoding::Template),
        Some((e, "id")) => (e, Encoding::Id),
        Some((e, "address")) => (e, Encoding::Address),
        _ => (rest, Encoding::Plain),
    };
    Some(BaseColumn { name, kind, encoding, expression })
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
