use super::{grouped, say_json, size};
use crate::Outcome;
use crate::args::{DiscloseArgs, DiscloseBlocks};
use case::CaseError;
use case::disclose::{Blocks, Mask, Wanted, disclose};
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::path::Path;

pub fn run(case: &Path, args: DiscloseArgs) -> Result<Outcome, CaseError> {
    let masks = args.mask.as_deref().map(Mask::read).transpose()?.unwrap_or_default();
    let wanted = Wanted {
        view: args.view,
        filters: args.filters.iter().map(|f| case::parse_filter(f)).collect::<Result<_, _>>()?,
        from: args.from,
        to: args.to,
        masks,
        blocks: match args.blocks {
            None => Blocks::Unmasked,
            Some(DiscloseBlocks::Clean) => Blocks::Clean,
            Some(DiscloseBlocks::None) => Blocks::None,
        },
        annex_to: args.annex_to,
        recipient: args.recipient,
        out: args.out,
        overwrite: args.overwrite,
    };
    let terminal = std::io::stderr().is_terminal() && !args.json;
    let made = disclose(case, &wanted, &mut |p| {
        if terminal {
            eprint!("\r{:<10} {} of {} rows   ", p.phase, grouped(p.done), grouped(p.total));
            let _ = std::io::stderr().flush();
        }
        true
    });
    if terminal {
        eprintln!();
    }
    let made = made?;
    let tallies = made.disclosed.rows.iter();
    if args.json {
        let rows: Vec<_> = tallies
            .map(|((import, table), t)| {
                json!({"import": import, "table": table.name(), "shown": t.shown, "of": t.of, "hidden": t.hidden})
            })
            .collect();
        say_json(&json!({
            "out": wanted.out, "bytes": made.bytes, "sha256": made.sha256, "entry": made.entry, "rows": rows,
            "masked": made.disclosed.masked, "ranges": made.disclosed.blocks.size, "remarks": made.remarks,
            "verdict": made.report.verdict.word(),
        }))?;
    } else {
        println!("{}: {}, SHA-256 {}", wanted.out.display(), size(made.bytes), made.sha256);
        for ((import, table), t) in tallies {
            println!("  import {import} {:<9} {} of {} rows", table.name(), grouped(t.shown), grouped(t.of));
        }
        for (name, n) in &made.disclosed.masked {
            println!("  masked {name}: {}", grouped(*n));
        }
        println!("  {} ranges of evidence; entry {} of the ledger tells of it", made.disclosed.blocks.size, made.entry);
        for remark in &made.remarks {
            println!("  {remark}");
        }
    }
    match made.report.faults.first() {
        None => Ok(Outcome::Done),
        Some(fault) => {
            eprintln!("casebook: the package does not hold, which is a fault of this program: {}: {}", fault.place, fault.says);
            Ok(Outcome::Mismatch)
        }
    }
}
