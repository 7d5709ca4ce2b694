//! The check of disclosure packages for a page without network: compiled to WebAssembly and put into
//! `verifiers/verify.html` by `scripts/build-verifier.mjs`. The page unpacks the zip; this judges what
//! was in it, by the same code as the program.
//!
//! The page asks for room (`reserve`), writes the files there, calls `check`, and reads the answer
//! (`answer`). No memory is shared in any other way.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing))]

mod input;

pub use input::{BadInput, Input};

use ledger::package::{PackageReport, check_package};
use std::sync::{Mutex, MutexGuard, PoisonError};

static INPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn open(place: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The report on what was written, as JSON of the profile; `{"unreadable": why}` where it is no input.
pub fn judge(input: &[u8]) -> String {
    let report = match Input::read(input) {
        Ok(input) => report(&input).to_json(),
        Err(BadInput(why)) => ledger::Json::map([("unreadable", ledger::Json::from(why))]),
    };
    report.to_text().unwrap_or_else(|_| r#"{"unreadable":"the report"}"#.to_owned())
}

fn report(input: &Input) -> PackageReport {
    check_package(&input.files, &input.trust)
}

// The boundary. A name that is not mangled is all that is unsafe about it: two exports of one name
// would not link.

/// Room for `bytes` bytes of input; what was there before is gone.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn reserve(bytes: usize) -> *mut u8 {
    let mut input = open(&INPUT);
    *input = vec![0; bytes];
    input.as_mut_ptr()
}

/// Judges what was written and gives the length of the answer.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn check() -> usize {
    let input = std::mem::take(&mut *open(&INPUT));
    let mut answer = open(&ANSWER);
    *answer = judge(&input).into_bytes();
    answer.len()
}

/// Where the answer lies.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    open(&ANSWER).as_ptr()
}
