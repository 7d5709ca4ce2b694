//! ARCHITECTURE.md, enforced: who may know whom, and what must not be found where.

use crate::tree::{code, files, read};

/// Each crate of the workspace with those it may know.
const FLOORS: [(&str, &[&str]); 10] = [
    ("crates/lanes", &[]),
    ("crates/model", &[]),
    ("crates/ledger", &["casebook-lanes"]),
    ("crates/evidence", &["casebook-model"]),
    ("crates/artifacts", &["casebook-model"]),
    ("crates/case", &["casebook-artifacts", "casebook-evidence", "casebook-lanes", "casebook-ledger", "casebook-model"]),
    ("crates/cli", &["casebook-case"]),
    ("crates/verifier", &["casebook-ledger"]),
    ("src-tauri", &["casebook-case"]),
    ("tests", &[]),
];

#[test]
fn dependencies_point_down_the_floors() {
    for (folder, allowed) in FLOORS {
        let manifest: toml::Table = read(&format!("{folder}/Cargo.toml")).parse().expect("a manifest");
        for table in ["dependencies", "build-dependencies"] {
            let Some(known) = manifest.get(table).and_then(toml::Value::as_table) else { continue };
            for name in known.keys().filter(|n| n.starts_with("casebook")) {
                assert!(
                    allowed.contains(&name.as_str()),
                    "{folder} may not know {name}: a new arrow needs a page under docs/decisions"
                );
            }
        }
    }
    let members: toml::Table = read("Cargo.toml").parse().expect("a manifest");
    let everyday = members["workspace"]["default-members"].as_array().expect("default-members");
    assert!(everyday.iter().all(|m| m.as_str() != Some("src-tauri")), "everyday work needs no webview");
}

#[test]
fn every_crate_is_on_a_floor() {
    let known = FLOORS.map(|(folder, _)| format!("{folder}/Cargo.toml"));
    for (path, _) in files("").into_iter().filter(|(p, _)| p.ends_with("/Cargo.toml")) {
        assert!(known.contains(&path), "{path} is on no floor");
    }
}

/// Places that may hold a word, as beginnings of paths.
struct Stray {
    word: &'static str,
    folders: &'static [&'static str],
    but: &'static [&'static str],
    why: &'static str,
}

const LIBRARIES: &[&str] =
    &["crates/model/src", "crates/ledger/src", "crates/evidence/src", "crates/artifacts/src", "crates/case/src"];
const BELOW_CASE: &[&str] = &["crates/model/src", "crates/ledger/src", "crates/evidence/src", "crates/artifacts/src"];
const READERS: &[&str] = &["crates/evidence/src", "crates/artifacts/src"];
const EVERYWHERE: &[&str] = &["crates", "src-tauri/src"];

const STRAYS: &[Stray] = &[
    Stray {
        word: "rusqlite::",
        folders: EVERYWHERE,
        but: &["crates/case/", "crates/artifacts/"],
        why: "only case owns the case database",
    },
    Stray { word: "SystemTime::now", folders: BELOW_CASE, but: &[], why: "time is passed in" },
    Stray { word: "Instant::now", folders: BELOW_CASE, but: &[], why: "time is passed in" },
    Stray { word: "Zoned::now", folders: BELOW_CASE, but: &[], why: "time is passed in" },
    Stray { word: "Timestamp::now", folders: BELOW_CASE, but: &[], why: "time is passed in" },
    Stray { word: "TimeZone::system", folders: LIBRARIES, but: &[], why: "rows do not depend on the machine's zone" },
    Stray { word: "getrandom", folders: BELOW_CASE, but: &[], why: "randomness belongs to case" },
    Stray { word: "rand::", folders: LIBRARIES, but: &[], why: "randomness belongs to case, from getrandom" },
    Stray { word: "std::env", folders: BELOW_CASE, but: &[], why: "rows do not depend on the environment" },
    Stray { word: "TcpStream", folders: EVERYWHERE, but: &["crates/case/src/serve/"], why: "the program works with no network" },
    Stray { word: "UdpSocket", folders: EVERYWHERE, but: &[], why: "the program works with no network" },
    Stray { word: "File::create", folders: READERS, but: &[], why: "evidence is never written" },
    Stray {
        word: "OpenOptions",
        folders: READERS,
        but: &["crates/evidence/src/container/os.rs"],
        why: "evidence is opened in one place, for reading",
    },
    Stray { word: "fs::write", folders: READERS, but: &[], why: "evidence is never written" },
    Stray { word: "fs::remove", folders: READERS, but: &[], why: "evidence is never written" },
    Stray { word: "fs::rename", folders: READERS, but: &[], why: "evidence is never written" },
    Stray { word: ".set_len(", folders: READERS, but: &[], why: "evidence is never written" },
    Stray { word: "Command::new", folders: BELOW_CASE, but: &[], why: "evidence cannot run anything" },
    Stray { word: "println!", folders: LIBRARIES, but: &[], why: "a library prints nothing" },
    Stray { word: "print!", folders: LIBRARIES, but: &[], why: "a library prints nothing" },
    Stray { word: "dbg!", folders: EVERYWHERE, but: &[], why: "a library prints nothing" },
    Stray { word: "todo!", folders: EVERYWHERE, but: &[], why: "what is here works" },
    Stray { word: "unimplemented!", folders: EVERYWHERE, but: &[], why: "what is here works" },
    Stray {
        word: "unsafe {",
        folders: EVERYWHERE,
        but: &["src-tauri/src/window.rs", "crates/lanes/src/x86.rs"],
        why: "no crate of ours is unsafe",
    },
];

/// `word` at a place where no longer identifier ends in it.
fn holds(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !word.starts_with(char::is_alphabetic) || !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[test]
fn no_strays() {
    let mut found = Vec::new();
    for stray in STRAYS {
        let all = stray.folders.iter().flat_map(|f| files(f));
        for (path, _) in all.filter(|(p, _)| p.ends_with(".rs") && p.contains("/src/") && !p.ends_with("/tests.rs")) {
            if !stray.but.iter().any(|b| path.starts_with(b)) && holds(&code(&read(&path)), stray.word) {
                found.push(format!("{path}: {}: {}", stray.word, stray.why));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn evidence_is_opened_for_reading_only() {
    for (path, _) in files("crates/evidence/src").into_iter().filter(|(p, _)| p.ends_with(".rs")) {
        let text = code(&read(&path));
        for word in [".write(true)", ".append(true)", ".truncate(true)", ".create(true)", ".create_new(true)"] {
            assert!(!text.contains(word), "{path}: {word}");
        }
    }
}

#[test]
fn readers_of_hostile_bytes_deny_what_can_panic() {
    for name in ["model", "ledger", "evidence", "artifacts"] {
        let text = read(&format!("crates/{name}/src/lib.rs"));
        for lint in
            ["unwrap_used", "expect_used", "panic", "indexing_slicing", "arithmetic_side_effects", "cast_possible_truncation"]
        {
            assert!(text.contains(&format!("clippy::{lint}")), "crates/{name} does not deny {lint}");
        }
        assert!(text.contains("#![forbid(unsafe_code)]"), "crates/{name} does not forbid unsafe code");
    }
}

#[test]
fn only_the_host_knows_tauri() {
    for (path, _) in files("ui/src").into_iter().filter(|(p, _)| [".ts", ".svelte", ".js"].iter().any(|e| p.ends_with(e))) {
        let text = read(&path);
        let knows = text.contains("@tauri-apps") || text.contains("__TAURI");
        assert!(!knows || path.starts_with("ui/src/host/") || path.ends_with(".test.ts"), "{path} knows Tauri");
    }
}

/// Lines at which a file is to be split by idea.
const MOST_LINES: usize = 500;

#[test]
fn files_are_short() {
    let ours = ["crates", "src-tauri/src", "tests", "ui/src", "samples"];
    let kinds = [".rs", ".ts", ".svelte", ".mjs", ".py", ".sh", ".sql"];
    for (path, _) in ours.iter().flat_map(|f| files(f)).filter(|(p, _)| kinds.iter().any(|k| p.ends_with(k))) {
        // Generated; read by machines.
        if path.ends_with(".gen.ts") {
            continue;
        }
        // Of Rust, without the tests that lie in the same file.
        let text = read(&path);
        let lines = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().lines().count();
        assert!(lines <= MOST_LINES, "{path} has {lines} lines");
    }
}

#[test]
fn the_map_stays_short() {
    let text = read("ARCHITECTURE.md");
    // Two printed pages.
    assert!(
        text.lines().count() <= 130 && text.len() <= 9_000,
        "ARCHITECTURE.md has {} lines, {} bytes",
        text.lines().count(),
        text.len()
    );
    for (name, _) in files("docs/decisions") {
        let lines = read(&name).lines().count();
        assert!(lines <= 60, "{name} has {lines} lines; a decision is one page");
    }
}

#[test]
fn nothing_tells_of_one_machine() {
    // Put together here, so that this file does not hold them.
    let words = [["/ro", "ot/"], ["/wo", "rk/"], ["/tmp/", "target"]].map(|w| w.concat());
    let kinds = [".rs", ".md", ".toml", ".ts", ".svelte", ".mjs", ".sql", ".json", ".tsv", ".txt", ".sh", "/run", "/test"];
    let mut found = Vec::new();
    for folder in ["crates", "docs", "samples", "src-tauri", "tests", "ui", "scripts", ".ci"] {
        for (path, place) in files(folder).into_iter().filter(|(p, _)| kinds.iter().any(|k| p.ends_with(k))) {
            // Samples may hold any bytes; where they are text, they are read as text.
            let Ok(text) = std::fs::read_to_string(place) else { continue };
            found.extend(words.iter().filter(|w| text.contains(w.as_str())).map(|w| format!("{path}: {w}")));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
