//! Checks a proof bundle without a case: `check_proof ROW.proof [KEPT.note]`. Exit code 0 where every
//! step holds, 1 where one does not, 2 for files that can not be read.

use ledger::{Checkpoint, Proof};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(Ok(text)) = arguments.next().map(std::fs::read) else { return ExitCode::from(2) };
    let kept = match arguments.next().map(std::fs::read).transpose() {
        Ok(kept) => kept,
        Err(_) => return ExitCode::from(2),
    };
    let kept = kept.map(|note| Checkpoint::read(&note)).transpose();
    match (Proof::read(text.trim_ascii_end()), kept) {
        (Ok(proof), Ok(kept)) => {
            let faults = proof.check(kept.map(|k| k.head).as_ref()).faults;
            faults.iter().for_each(|fault| println!("{fault}"));
            ExitCode::from(u8::from(!faults.is_empty()))
        }
        (Err(e), _) => {
            println!("{e}");
            ExitCode::from(1)
        }
        (_, Err(e)) => {
            println!("{e}");
            ExitCode::from(1)
        }
    }
}
