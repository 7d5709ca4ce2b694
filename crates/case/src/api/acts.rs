//! Acts of people: custody, annotations, masked fields.

use super::{Query, RowTable};
use crate::acts::RowKey;
use crate::custody::CustodyRecord;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(tag = "act", rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum CustodyAct {
    /// All items with their lines and findings; checked lists.
    List,
    Add {
        record: Box<CustodyRecord>,
    },
    /// Records of a file, CSV, JSON or JSON-LD, as base64: all or none.
    Import {
        name: String,
        data: String,
    },
    /// Checks a list of files, CSV as base64; answers with a job.
    CheckList {
        name: String,
        data: String,
        made: Option<String>,
        source: Option<u32>,
    },
    /// Puts the list that a finished job checked into the ledger.
    RecordList {
        job: u32,
    },
    /// Where a hash typed from paper stands.
    CompareHash {
        text: String,
    },
}

#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(tag = "act", rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum AnnotationAct {
    /// All; with rows read, so that each has its title.
    List { removed: bool },
    /// Those of one row.
    Of { row: RowKey },
    /// Answers with those of the first row.
    Add { kind: String, text: Option<String>, rows: Vec<RowKey> },
    /// Of all rows of a view under a query; answers with all annotations.
    AddToView { kind: String, text: Option<String>, view: String, query: Query },
    /// Takes one back; answers with all annotations.
    Remove { number: u32 },
    /// Shows a masked field to a person who says why.
    OpenMasked { table: RowTable, id: String, field: String, reason: String },
    /// Whether opening a case writes an entry; sets it where a choice is given.
    RecordOpening { choice: Option<bool> },
}
