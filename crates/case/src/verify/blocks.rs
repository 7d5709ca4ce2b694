//! The hashes of evidence kept in the case, one a MiB, against the root in the row of the source.

use super::report::Checks;
use crate::error::Result;
use crate::store::Store;
use ledger::{Frontier, Hash, NODE_BYTES};

/// Hashes in a full row of table `block`.
const ROW_BYTES: usize = 256 * 32;

/// The nodes kept of a source, in order; None where a part is missing or misshapen.
pub fn nodes(store: &Store, source: i64) -> rusqlite::Result<Option<Vec<Hash>>> {
    let mut q = store.db.prepare_cached("SELECT n, hashes FROM block WHERE source = ?1 ORDER BY n")?;
    let mut rows = q.query([source])?;
    let mut all = Vec::new();
    let mut whole = true;
    while let Some(row) = rows.next()? {
        let n: i64 = row.get(0)?;
        let bytes: Vec<u8> = row.get(1)?;
        let (hashes, rest) = bytes.as_chunks::<32>();
        // Only the last row may be short.
        whole &= usize::try_from(n).ok() == Some(all.len() / 256) && all.len().is_multiple_of(256);
        whole &= rest.is_empty() && !hashes.is_empty() && bytes.len() <= ROW_BYTES;
        all.extend_from_slice(hashes);
    }
    Ok(whole.then_some(all))
}

pub fn check(store: &Store, checks: &mut Checks) -> Result<()> {
    let (mut held, mut without) = (0u64, 0u64);
    let mut look = || -> rusqlite::Result<()> {
        let mut q = store.db.prepare("SELECT id, bytes, blocks_root FROM source WHERE blocks_root IS NOT NULL ORDER BY id")?;
        let mut rows = q.query([])?;
        while let Some(row) = rows.next()? {
            let (id, bytes, root): (i64, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let place = format!("blocks of source {id}");
            let Some(nodes) = nodes(store, id)? else {
                checks.failed("blocks", place, "a part of them is missing");
                continue;
            };
            if nodes.is_empty() && bytes != 0 {
                without += 1;
                continue;
            }
            let mut tree = Frontier::new();
            nodes.iter().for_each(|node| tree.push(*node, |_, _, _| {}));
            if nodes.len() as u64 != bytes.cast_unsigned().div_ceil(NODE_BYTES) || tree.root().as_slice() != root {
                checks.failed("blocks", place, "they do not hash to the root in the row of the source");
            } else {
                held += 1;
            }
        }
        let stray: Option<i64> = store.db.query_row(
            "SELECT min(source) FROM block WHERE source NOT IN (SELECT id FROM source WHERE blocks_root IS NOT NULL)",
            [],
            |r| r.get(0),
        )?;
        if let Some(id) = stray {
            checks.failed("blocks", format!("blocks of source {id}"), "no source has this number and a block tree");
        }
        Ok(())
    };
    if let Err(e) = look() {
        checks.failed("blocks", "table block", format!("it can not be read: {e}"));
    }
    if without > 0 {
        checks.skipped("blocks", format!("of {without} sources only the root of the blocks is kept, not the hash of each MiB"));
    }
    if !checks.has_failed("blocks") {
        checks.holds("blocks", format!("the hashes kept of {held} sources agree with their rows"));
    }
    Ok(())
}
