//! The folder of Parquet files.

use super::folder::Folder;
use super::imports::Sealed;
use super::partitions::{Form, Partitions};
use super::records::{self, EventRecord};
use super::scan::{Order, Scan, Which};
use super::tables::{EVENTS, FILES, FINDINGS, SOURCES};
use super::{Count, Job, Made, Progress, Rows, Watch, about, left_out};
use crate::error::{CaseError, Result};
use model::{FieldError, Table};

/// Writes tables, sources, ledger and README.
pub fn write(job: &Job<'_>, folder: &mut Folder, open: &[u32], watch: &mut Watch<'_>) -> Result<Made> {
    let mut counts = Vec::new();
    let mut remarks: Vec<String> = left_out(open).collect();
    for rows in &job.wanted.tables {
        let columns = match rows {
            Rows::Events => EVENTS,
            Rows::Files => FILES,
            Rows::Findings => FINDINGS,
        };
        let form = Form::new(rows.name(), columns)?;
        let of: u64 = job.imports.iter().map(|i| i.head(rows.table()).size).sum();
        let (mut done, mut written, mut past_days) = (0, 0, 0);
        for import in job.imports {
            let mut tell = |seen: u64| watch(&Progress { table: rows.name(), done: done + seen, total: of });
            let (n, past) = table(job, folder, &form, *rows, import, &mut tell)?;
            written += n;
            past_days += past;
            done += import.head(rows.table()).size;
        }
        if past_days > 0 {
            remarks.push(format!(
                "{past_days} events lie in the folders without a day: their source has events of more days than get a folder"
            ));
        }
        counts.push(Count { table: rows.name(), rows: written, of });
    }
    sources(job, folder)?;
    folder.write("README.txt", about::readme(job, &counts, &remarks).as_bytes())?;
    folder.write(super::folder::LEDGER, &about::ledger(job, &counts)?)?;
    let sums = about::sums(&folder.written);
    folder.write("SHA256SUMS", sums.as_bytes())?;
    let digest = folder.root();
    let bytes = folder.written.iter().map(|w| w.bytes).sum();
    Ok(Made { counts, files: folder.written.len() as u64, bytes, digest, remarks })
}

fn bad(e: FieldError) -> CaseError {
    CaseError::Ledger(e.to_string())
}

/// One table of one import: rows written, and events whose day got no folder.
fn table(
    job: &Job<'_>,
    folder: &mut Folder,
    form: &Form,
    rows: Rows,
    import: &Sealed,
    watch: &mut dyn FnMut(u64) -> bool,
) -> Result<(u64, u64)> {
    let table = rows.table();
    let which = if rows == Rows::Events { job.selection.events(import.n) } else { Which::All };
    let (hasher, size) = (import.hasher(table), import.head(table).size);
    let mut scan = Scan { case: job.case, table, hasher, rows: size, which, order: Order::Row };
    let by_day = rows == Rows::Events;
    if let Some((written, past, head)) = pass(&scan, folder, form, rows, import.n, watch)? {
        if let Some(head) = head {
            import.check(table, &head)?;
        }
        return Ok((written, past));
    }
    // Days that come mixed, as of an image's files, would make a file of a few rows each. The rows are
    // checked against the root first, which needs them in their own order, then sorted.
    folder.discard(&format!("{}/source={}", form.name(), import.n))?;
    debug_assert!(by_day);
    if job.selection.is_all()
        && let Some(head) = scan.run(&mut |_, _| Ok(()), watch)?
    {
        import.check(table, &head)?;
    }
    scan.order = Order::Time;
    match pass(&scan, folder, form, rows, import.n, watch)? {
        Some((written, past, _)) => Ok((written, past)),
        None => Err(CaseError::Output("rows that are sorted by time come in order".into())),
    }
}

/// Rows written, events past the last day, and the head of the tree; None where the days come too mixed.
type Pass = Option<(u64, u64, Option<ledger::TreeHead>)>;

fn pass(
    scan: &Scan<'_>,
    folder: &mut Folder,
    form: &Form,
    rows: Rows,
    import: u32,
    watch: &mut dyn FnMut(u64) -> bool,
) -> Result<Pass> {
    let mut out = Partitions::new(folder, form, import);
    let (mut written, mut scattered) = (0u64, false);
    let done = scan.run(
        &mut |place, row| {
            written += 1;
            match rows {
                Rows::Events => {
                    let record = EventRecord::read(place, row).map_err(bad)?;
                    let at = record.header.at.map(|m| m.micros);
                    out.push(Some(at), |cells| {
                        record.cells(cells);
                        Ok(())
                    })?;
                }
                Rows::Files => out.push(None, |cells| records::file(place, row, cells).map_err(bad))?,
                Rows::Findings => out.push(None, |cells| records::finding(place, row, cells).map_err(bad))?,
            }
            scattered = scan.order == Order::Row && out.is_scattered();
            if scattered { Err(CaseError::Cancelled) } else { Ok(()) }
        },
        watch,
    );
    if scattered {
        return Ok(None);
    }
    let head = done?;
    let past = out.finish(rows == Rows::Events)?;
    Ok(Some((written, past, head)))
}

/// The sources of all imports in one file: what every `source_id` leads to.
fn sources(job: &Job<'_>, folder: &mut Folder) -> Result<()> {
    let form = Form::new("sources", SOURCES)?;
    let mut sheet = super::partitions::Single::new(folder, &form, "sources.parquet")?;
    for import in job.imports {
        let (hasher, rows) = (import.hasher(Table::Source), import.head(Table::Source).size);
        let scan = Scan { case: job.case, table: Table::Source, hasher, rows, which: Which::All, order: Order::Row };
        let head =
            scan.run(&mut |place, row| sheet.push(|cells| records::source(place, row, cells).map_err(bad)), &mut |_| true)?;
        if let Some(head) = head {
            import.check(Table::Source, &head)?;
        }
    }
    sheet.finish(folder)
}
