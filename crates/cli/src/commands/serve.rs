use crate::Outcome;
use case::CaseError;
use case::api::Session;
use case::serve::{Asset, Options, serve};
use std::path::{Path, PathBuf};

pub fn run(case: &Path, evidence: Vec<PathBuf>, port: u16, record: bool, assets: &'static [Asset]) -> Result<Outcome, CaseError> {
    let session = Session::open(case)?;
    if record {
        session.record_opening("serve");
    }
    let options = Options { case: &session, port, evidence, assets, version: env!("CARGO_PKG_VERSION") };
    serve(options, &mut |address| {
        println!("{address}");
        let _ = std::io::Write::flush(&mut std::io::stdout());
    })?;
    Ok(Outcome::Done)
}
