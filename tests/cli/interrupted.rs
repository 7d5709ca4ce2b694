//! An import that is killed goes on where it stopped, to the same content.

use crate::support::{Bench, gateway_log, text};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Lines of the log; more than one batch of the writer, less than a debug build needs long for.
const LINES: u32 = 120_000;

fn start(bench: &Bench, log: &Path) -> std::process::Child {
    let case = bench.case();
    let arguments = ["add", case.to_str().unwrap(), log.to_str().unwrap(), "--profile", "gateway", "--json"];
    // Nobody reads what it says: a full pipe must not stop it.
    bench.command(arguments).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().expect("it starts")
}

fn finish(bench: &Bench, log: &Path) -> Value {
    bench.add_with(&[log], &["--profile", "gateway"])
}

/// Bytes of the case so far, with what waits to be written into it.
fn grown(bench: &Bench) -> u64 {
    let bytes = |path: &Path| fs::metadata(path).map_or(0, |m| m.len());
    bytes(&bench.case()) + bytes(&bench.path("test.casebook-wal"))
}

#[test]
fn killed_at_any_moment_then_added_again() {
    let whole = Bench::new();
    let log = whole.path("gateway.log");
    fs::write(&log, gateway_log(LINES)).unwrap();
    let undisturbed = finish(&whole, &log);
    assert_eq!(undisturbed["events"], LINES);
    let rows = |bench: &Bench| bench.view("timeline", &["--where", "subject contains 7000000"]);
    let expected = rows(&whole);
    assert!(!expected.is_empty());
    let size = grown(&whole);

    let mut killed = 0;
    // By what has been written and not by the clock: a loaded machine is killed at the same places.
    for percent in [1, 25, 50, 70, 85, 97] {
        let bench = Bench::new();
        let mut child = start(&bench, &log);
        while grown(&bench) < size / 100 * percent && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        if child.try_wait().unwrap().is_none() {
            killed += 1;
        }
        // SIGKILL on Unix, TerminateProcess on Windows: nothing of ours runs any more.
        let _ = child.kill();
        child.wait().unwrap();
        let last = finish(&bench, &log);
        assert_eq!(last["content_root"], undisturbed["content_root"], "killed at {percent} %");
        assert_eq!(last["events"], undisturbed["events"], "killed at {percent} %");
        assert_eq!(rows(&bench), expected, "killed at {percent} %");
        assert_eq!(bench.info()["sources"].as_array().unwrap().len(), 1);
        let verified = bench.on("verify", &["--evidence", log.to_str().unwrap()]);
        assert_eq!(verified.code, Some(0), "killed at {percent} %: {}", verified.text());
    }
    assert!(killed >= 4, "only {killed} of 6 imports were still running when they were killed");
}

#[test]
fn killed_twice_in_one_import() {
    let bench = Bench::new();
    let log = bench.path("gateway.log");
    fs::write(&log, gateway_log(60_000)).unwrap();
    for wait in [40, 150, 300] {
        let mut child = start(&bench, &log);
        std::thread::sleep(Duration::from_millis(wait));
        let _ = child.kill();
        child.wait().unwrap();
    }
    let last = finish(&bench, &log);
    let whole = Bench::new();
    let expected = finish(&whole, &log);
    assert_eq!(text(&last, "content_root"), text(&expected, "content_root"));
    assert_eq!(bench.info()["events"], 60_000);
}

/// A disk that is full is one thing a log of any size may meet: the import ends, says so, and goes on later.
#[cfg(unix)]
#[test]
fn a_full_disk_ends_it() {
    let whole = Bench::new();
    let log = whole.path("gateway.log");
    fs::write(&log, gateway_log(LINES)).unwrap();
    let undisturbed = finish(&whole, &log);
    let bench = Bench::new();
    // No file may grow beyond 8,192 blocks, which is what a write beyond them is told.
    let shell = "trap '' XFSZ; ulimit -f 8192; exec \"$@\"";
    let program = bench.command(["add", bench.case().to_str().unwrap(), log.to_str().unwrap(), "--profile", "gateway"]);
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", shell, "sh"]).arg(program.get_program()).args(program.get_args());
    limited.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let errors = fs::File::create(whole.path("errors")).unwrap();
    let mut child = limited.stdout(std::process::Stdio::null()).stderr(errors).spawn().unwrap();
    let began = std::time::Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > Duration::from_secs(120) {
            let _ = child.kill();
            child.wait().unwrap();
            panic!("it waits for a writer that is gone");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let said = fs::read_to_string(whole.path("errors")).unwrap();
    assert!(!status.success() && said.contains("the case database: ") && said.contains("goes on from there"), "{said}");
    let last = finish(&bench, &log);
    assert_eq!(last["content_root"], undisturbed["content_root"]);
    assert_eq!(last["events"], LINES);
}
