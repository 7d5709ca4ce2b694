//! Pages of docs/ that are made from the code, compared with it.

use crate::tree::{read, root, same_as_generated};
use std::fmt::Write;

/// One view as its SQL file declares it. The header is described in crates/case/src/view/definition.rs.
fn section(name: &str, sql: &str) -> String {
    let mut out = String::new();
    let said = |key: &str| {
        let prefix = format!("-- {key}:");
        sql.lines().filter_map(|l| l.strip_prefix(&prefix)).map(|l| l.trim().to_owned()).collect::<Vec<_>>()
    };
    let one = |key: &str| said(key).into_iter().next().unwrap_or_default();
    let of = match one("row").as_str() {
        "event" => "one event",
        "file" => "one entry of a file system, archive or folder",
        "finding" => "one finding",
        "entry" => "one entry of the ledger",
        "any" => "one file entry, or one event where no file entry says it",
        _ => "a group of events",
    };
    let order = match one("order").as_str() {
        "none" | "" => "by id".to_owned(),
        order => {
            format!("by `{}`", order.replace(" desc", "`, descending").trim_end_matches('`')).replace("descending`", "descending")
        }
    };
    writeln!(out, "## {} (`{name}`)\n\n{}\n\nA row is {of}; sorted {order}.\n", one("title"), one("about")).expect("text");
    out += "| column | title | kind | may be |\n|---|---|---|---|\n";
    for column in said("column") {
        let mut parts = column.splitn(3, '"');
        let mut head = parts.next().unwrap_or_default().split_whitespace();
        let (field, kind) = (head.next().unwrap_or_default(), head.next().unwrap_or_default());
        let title = parts.next().unwrap_or_default();
        let marks: Vec<&str> = parts.next().unwrap_or_default().split_whitespace().collect();
        let may = [("facet", "counted by value"), ("order", "sorted by")];
        let may: Vec<&str> = may.iter().filter(|(m, _)| marks.contains(m)).map(|(_, says)| *says).collect();
        writeln!(out, "| `{field}` | {title} | {kind} | {} |", may.join(", ")).expect("text");
    }
    let mut base: Vec<String> = Vec::new();
    for name in said("base").iter().filter_map(|b| b.split_once(' ')).map(|(name, _)| format!("`{name}`")) {
        // The parts over counts have some of them again.
        if !base.contains(&name) {
            base.push(name);
        }
    }
    if !base.is_empty() {
        writeln!(out, "\nFilters that hold for the events before they are grouped: {}.", base.join(", ")).expect("text");
    }
    out
}

#[test]
fn views() {
    // The list is in the code; its order is the order in which views are offered.
    let list = read("crates/case/src/view/definition.rs");
    let names =
        list.split("include_str!(\"../views/").skip(1).filter_map(|rest| rest.split_once(".sql\")")).map(|(name, _)| name);
    let names: Vec<&str> = names.collect();
    let there = std::fs::read_dir(root().join("crates/case/src/views")).expect("views").count();
    assert_eq!(names.len(), there, "every SQL file is in the list");
    let mut page = "# Views\n\nGenerated from `crates/case/src/views/*.sql` by `tests/generated.rs`; do not edit.\n\n\
        `casebook view CASE NAME` prints a view; `--format jsonl` and `--format csv` print it whole, with these column names.\n\
        Every column can be filtered by `--where \"column op value\"`, with `=`, `!=`, `<`, `<=`, `>`, `>=`, `contains`, `in`;\n\
        a list that is filtered or cut says \"n of m\".\n\n"
        .to_owned();
    let sections: Vec<String> =
        names.iter().map(|name| section(name, &read(&format!("crates/case/src/views/{name}.sql")))).collect();
    page += &sections.join("\n");
    same_as_generated("docs/views.md", &page);
}

#[test]
fn formats() {
    let mut page = "# Formats\n\nGenerated from the registries by `tests/generated.rs`; do not edit. `casebook formats` prints the same.\n\n## Evidence\n\n".to_owned();
    for (group, names) in case::readers() {
        writeln!(page, "- {group}: {}", names.join(", ")).expect("text");
    }
    let (parsers, profiles) = case::api::formats();
    for (title, all) in [("Parsers", parsers), ("Log profiles", profiles)] {
        writeln!(page, "\n## {title}").expect("text");
        for f in all {
            writeln!(
                page,
                "\n### `{}`, version {}\n\n{}\n\nSource of the format: {}.\n",
                f.name,
                f.version,
                f.about,
                f.format.trim_end_matches('.')
            )
            .expect("text");
            for limit in &f.limits {
                writeln!(page, "- Limit: {limit}").expect("text");
            }
        }
    }
    same_as_generated("docs/formats.md", &page);
}

/// The manual's last chapter lists the columns; what comes before is written by hand.
#[test]
fn exported_columns() {
    const HEADING: &str = "## Columns\n\n";
    let page = read("docs/export.md");
    let (by_hand, _) = page.split_once(HEADING).expect("a chapter on columns");
    same_as_generated("docs/export.md", &format!("{by_hand}{HEADING}{}", case::export::manual()));
}
