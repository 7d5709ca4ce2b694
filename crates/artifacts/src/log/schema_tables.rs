//! The tables of a profile's TOML, as they are written.

use super::schema_fields::{Keep, OneOrMany};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

pub(super) type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub name: Text,
    pub about: Text,
    pub rank: Option<u32>,
    pub zone: Option<Text>,
    pub year: Option<Spanned<YearValue>>,
    pub action: Option<Text>,
    pub port: Option<Text>,
    pub text: Option<Spanned<TextTable>>,
    pub json: Option<Spanned<JsonTable>>,
    pub delimited: Option<Spanned<DelimitedTable>>,
    pub syslog: Option<Spanned<SyslogTable>>,
    pub journal: Option<Spanned<FieldsTable>>,
    pub actions: Option<Spanned<ActionsTable>>,
    pub subject: Option<TargetsTable>,
    pub third_party: Option<TargetsTable>,
    pub exposes: Option<ExposesTable>,
    pub detect: Option<Spanned<DetectTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextTable {
    pub format: Text,
    pub pattern: Option<Spanned<OneOrMany>>,
    pub time: Option<Text>,
    pub trailing: Option<Vec<Text>>,
    pub fields: Option<BTreeMap<Text, Text>>,
}

/// `2024` or `"2023-07"`.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum YearValue {
    Number(i64),
    Text(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JsonTable {
    #[serde(default)]
    pub records: Vec<String>,
    pub time: Option<Text>,
    pub fields: BTreeMap<Text, OneOrMany>,
    pub keep: Option<Spanned<Keep>>,
    #[serde(default)]
    pub require: Vec<OneOrMany>,
    pub nested: Option<Text>,
    #[serde(default)]
    pub within: Within,
}

/// Fields that may hold the whole record; none where left out.
#[derive(Default, Deserialize)]
pub(super) struct Within(Option<OneOrMany>);

impl Within {
    pub fn all(&self) -> &[String] {
        self.0.as_ref().map_or(&[], OneOrMany::all)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DelimitedTable {
    pub delimiter: Spanned<OneOrMany>,
    pub quote: Option<Text>,
    pub escape: Option<Text>,
    pub multiline: Option<bool>,
    #[serde(default)]
    pub brackets: bool,
    pub header: Option<Text>,
    pub columns: Option<Vec<String>>,
    pub least: Option<usize>,
    pub time: Option<Text>,
    pub fields: BTreeMap<Text, OneOrMany>,
    pub keep: Option<Spanned<Keep>>,
    #[serde(default)]
    pub require: Vec<OneOrMany>,
    pub nested: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SyslogTable {
    pub framing: Option<Text>,
    pub time: Option<Text>,
    pub fields: BTreeMap<Text, OneOrMany>,
    pub keep: Option<Spanned<Keep>>,
    #[serde(default)]
    pub require: Vec<OneOrMany>,
}

/// Fields of a format whose own shape is fixed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldsTable {
    pub time: Option<Text>,
    pub fields: BTreeMap<Text, OneOrMany>,
    pub keep: Option<Spanned<Keep>>,
    #[serde(default)]
    pub require: Vec<OneOrMany>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActionsTable {
    pub field: OneOrMany,
    #[serde(default)]
    pub requested: Vec<String>,
    #[serde(default)]
    pub logged: Vec<String>,
    #[serde(default)]
    pub called: Vec<String>,
    #[serde(default)]
    pub sign_in: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetsTable {
    pub targets: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExposesTable {
    pub status: Option<Vec<Text>>,
    pub rules: Vec<RuleTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleTable {
    pub target: Text,
    pub kinds: Spanned<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DetectTable {
    #[serde(default)]
    pub targets: Vec<Text>,
    #[serde(default)]
    pub keys: Vec<Text>,
}
