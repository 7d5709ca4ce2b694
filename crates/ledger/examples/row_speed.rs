//! Measures the cost of a row: `cargo run --release -p casebook-ledger --example row_speed`.
//! Prints wall time a row on one thread, for both leaves and for both trees.

use ledger::{CaseKey, Field, Frontier, RowHasher};
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
    for row in 0..ROWS {
        if let Ok(leaves) = hasher.leaves_encoded(row, &header, &encoded) {
            sum ^= leaves.row.first().unwrap_or(&0) ^ leaves.content.first().unwrap_or(&0);
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
