//! Measures the cost of a row: `cargo run --release -p casebook-ledger --example row_speed`.
//! Prints wall time a row on one thread, for both leaves and for both trees.

use ledger::{CaseKey, EncodedRow, Field, Frontier, RowHasher, Work};
use std::time::Instant;

fn main() {
    let key = CaseKey([7; 32]).import(b"[]", b"{}", b"{}");
    let hasher = RowHasher::new(&key, 1, (b"ROW1", b"CON1"));
    let header = [5u8; 54];
    let mut encoded = Vec::new();
    for n in [12usize, 50, 18, 120] {
        Field::Text(&vec![b'x'; n]).encode(&mut encoded);
    }
    const ROWS: u64 = 2_000_000;
    let start = Instant::now();
    let mut sum = 0u8;
    let (mut work, mut out) = (Work::default(), Vec::new());
    for first in (0..ROWS).step_by(1000) {
        let rows: Vec<_> = (first..first + 1000).map(|row| EncodedRow { row, header: &header, fields: &encoded }).collect();
        out.clear();
        if hasher.leaves_of(&rows, &mut work, &mut out).is_ok() {
            sum ^= out.iter().fold(0, |sum, leaves| sum ^ leaves.row[0] ^ leaves.content[0]);
        }
    }
    let leaves = start.elapsed();
    let start = Instant::now();
    let (mut rows, mut content) = (Frontier::new(), Frontier::new());
    for row in 0..ROWS {
        rows.push([row.to_le_bytes()[0]; 32], |_, _, _| {});
        content.push([sum; 32], |_, _, _| {});
    }
    let trees = start.elapsed();
    println!("leaves {:.0} ns a row, trees {:.0} ns a row", ns(leaves, ROWS), ns(trees, ROWS));
    println!("{:02x}{:02x}{sum:02x}", rows.root()[0], content.root()[0]);
}

fn ns(time: std::time::Duration, rows: u64) -> f64 {
    time.as_secs_f64() * 1e9 / rows as f64
}
