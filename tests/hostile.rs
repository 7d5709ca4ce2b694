//! Damaged and hostile evidence by others: each file imports with exit 0, in bounded time and memory,
//! and leaves at least one finding. See samples/external.

use crate::support::{Bench, evidence_by_others, unpacked};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Longest an import of one of these files may take.
const LONGEST: Duration = Duration::from_secs(60);
/// Most memory that the process and its workers may hold at once, KiB.
const MOST_KIB: u64 = 1 << 20;

/// Memory of a process and all below it, KiB; 0 where the system does not say.
fn memory_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let own = status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse().ok()).unwrap_or(0);
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let children = tasks.filter_map(|t| std::fs::read_to_string(t.path().join("children")).ok());
    let below: Vec<u32> =
        children.flat_map(|c| c.split_whitespace().filter_map(|p| p.parse().ok()).collect::<Vec<_>>()).collect();
    own + below.into_iter().map(memory_kib).sum::<u64>()
}

/// What is wrong with how one file is imported; nothing if all is well.
fn trouble(file: &Path) -> Option<String> {
    let bench = Bench::new();
    let case = bench.case();
    let mut command = bench.command(["add", case.to_str()?, file.to_str()?, "--json"]);
    let said = std::fs::File::create(bench.path("said")).expect("a file");
    let mut child = command.stdout(said).stderr(std::process::Stdio::null()).spawn().expect("it starts");
    let began = Instant::now();
    let mut most = 0;
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        most = most.max(memory_kib(child.id()));
        if began.elapsed() > LONGEST {
            let _ = child.kill();
            let _ = child.wait();
            return Some(format!("still running after {LONGEST:?}"));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let said = std::fs::read_to_string(bench.path("said")).unwrap_or_default();
    let last: Value = said.lines().last().and_then(|l| serde_json::from_str(l).ok()).unwrap_or_default();
    if !status.success() {
        return Some(format!("ends with {status}"));
    }
    if most > MOST_KIB {
        return Some(format!("holds {most} KiB"));
    }
    if last["findings"].as_u64().unwrap_or(0) == 0 {
        return Some(format!("leaves no finding: {last}"));
    }
    let verified = bench.on("verify", &[]);
    (verified.code != Some(0)).then(|| format!("does not verify: {}{}", verified.text(), verified.err))
}

fn all_below(folder: &str) {
    let Some(evidence) = evidence_by_others() else { return };
    let room = Bench::empty();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(evidence.join(folder)).expect(folder).map(|e| e.expect(folder).path()).collect();
    files.sort();
    assert!(!files.is_empty());
    let mut wrong = Vec::new();
    for file in files {
        // A compressed file is hostile in two ways: as it is, and unpacked.
        let plain = file.extension().is_some_and(|e| e == "xz").then(|| unpacked(&room, &file));
        for path in [Some(file), plain].into_iter().flatten() {
            if let Some(what) = trouble(&path) {
                wrong.push(format!("{}: {what}", path.file_name().unwrap_or_default().to_string_lossy()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn corrupt() {
    all_below("corrupt");
}

#[test]
fn hostile_synthetic() {
    all_below("hostile-synthetic");
}
