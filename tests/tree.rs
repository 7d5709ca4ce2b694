//! The files of this repository, as the tests about it see them.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold no text of ours.
const PASSED_OVER: [&str; 6] = [".git", "dist", "gen", "node_modules", "shots", "target"];

pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("the tests lie in the workspace").to_owned()
}

/// Every file below a folder of the workspace, sorted, with its path from the root.
pub fn files(folder: &str) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(f) = folders.pop() {
        let Ok(entries) = fs::read_dir(&f) else { continue };
        for entry in entries.map(|e| e.expect("a folder that can be read")) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() {
                if !PASSED_OVER.contains(&name.as_str()) {
                    folders.push(entry.path());
                }
            } else {
                let path = entry.path();
                let short = path.strip_prefix(root()).expect("below the root").to_string_lossy().replace('\\', "/");
                found.push((short, path));
            }
        }
    }
    found.sort();
    found
}

pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The text of a source file without comments and without what follows its first `#[cfg(test)]`.
pub fn code(text: &str) -> String {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    let bare = product.lines().map(|l| if l.trim_start().starts_with("//") { "" } else { l });
    bare.collect::<Vec<_>>().join("\n")
}

/// Compares a generated file with what it should say now; `CASEBOOK_WRITE=1` writes it instead.
pub fn same_as_generated(path: &str, text: &str) {
    let place = root().join(path);
    if std::env::var_os("CASEBOOK_WRITE").is_some() {
        fs::write(&place, text).expect("a file that can be written");
    }
    let there = fs::read_to_string(&place).unwrap_or_default();
    assert!(there == text, "{path} is not what is generated now; CASEBOOK_WRITE=1 cargo test -p casebook-tests writes it");
}
