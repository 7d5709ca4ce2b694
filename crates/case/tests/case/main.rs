//! Cases made from the sample disk through the public interface, verified, proved, and tampered
//! with in every way the specification names.

mod bounds;
mod counts;
mod digests;
mod proofs;
mod sample;
mod tamper;
mod verify;

use std::panic::catch_unwind;
use std::process::{Command, ExitCode};

pub type Test = (&'static str, fn());

/// The importer starts this binary again as its reader process, so `main` is not the usual one.
/// `cargo test -p casebook-case -- NAME` runs the tests whose names contain NAME.
fn main() -> ExitCode {
    case::worker::run_if_asked();
    // The program's own memory of heads lies in a folder of its own, given by the environment.
    if std::env::var_os("CASEBOOK_STATE").is_none() {
        let state = tempfile::tempdir().unwrap();
        let program = std::env::current_exe().unwrap();
        let ran = Command::new(program).args(std::env::args_os().skip(1)).env("CASEBOOK_STATE", state.path()).status().unwrap();
        return if ran.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let wanted = std::env::args().skip(1).find(|a| !a.starts_with('-')).unwrap_or_default();
    let all = [bounds::TESTS, counts::TESTS, verify::TESTS, digests::TESTS, tamper::TESTS, proofs::TESTS].concat();
    let chosen: Vec<&Test> = all.iter().filter(|(name, _)| name.contains(&wanted)).collect();
    let mut failed = 0;
    for (name, test) in &chosen {
        let began = std::time::Instant::now();
        let ok = catch_unwind(test).is_ok();
        println!("test {name} ... {} ({:.1} s)", if ok { "ok" } else { "FAILED" }, began.elapsed().as_secs_f32());
        failed += usize::from(!ok);
    }
    println!("{} passed, {failed} failed", chosen.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
