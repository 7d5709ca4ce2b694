//! Every package that is linked in bears a licence that docs/dependencies.md allows.

use serde_json::Value;
use std::process::Command;

const ALLOWED: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BlueOak-1.0.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];
/// Licences that only these packages may bear.
const ONLY: [(&str, &[&str]); 2] = [
    // Brought by the window's toolkit; files of theirs are not changed here.
    ("MPL-2.0", &["cssparser", "cssparser-macros", "dtoa-short", "option-ext", "selectors"]),
    // A licence of the BSD kind.
    ("bzip2-1.0.6", &["libbz2-rs-sys"]),
];

/// An SPDX expression: one side of an `OR` is enough, both sides of an `AND` are needed.
fn allowed(expression: &str, package: &str) -> bool {
    let expression = expression.trim();
    let mut depth = 0usize;
    let mut split = |word: &str| {
        depth = 0;
        expression.char_indices().find_map(|(at, c)| {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            (depth == 0 && expression[at..].starts_with(word)).then(|| (&expression[..at], &expression[at + word.len()..]))
        })
    };
    if let Some((left, right)) = split(" OR ").or_else(|| split("/")) {
        return allowed(left, package) || allowed(right, package);
    }
    if let Some((left, right)) = split(" AND ") {
        return allowed(left, package) && allowed(right, package);
    }
    if let Some(inner) = expression.strip_prefix('(').and_then(|e| e.strip_suffix(')')) {
        return allowed(inner, package);
    }
    ALLOWED.contains(&expression) || ONLY.iter().any(|(l, p)| *l == expression && p.contains(&package))
}

#[test]
fn every_licence_is_allowed() {
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc");
    let about = String::from_utf8(rustc.stdout).expect("text");
    let host = about.lines().find_map(|l| l.strip_prefix("host: ")).expect("a host");
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host])
        .current_dir(crate::tree::root())
        .output()
        .expect("cargo metadata");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let all: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let packages = all["packages"].as_array().expect("packages");
    assert!(packages.len() > 50);
    let mut refused = Vec::new();
    for package in packages {
        let (name, licence) = (package["name"].as_str().expect("a name"), package["license"].as_str().unwrap_or("none"));
        if !allowed(licence, name) {
            refused.push(format!("{name}: {licence}"));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn expressions_are_understood() {
    for (expression, expected) in [
        ("MIT OR GPL-3.0-only", true),
        ("GPL-3.0-only", false),
        ("MIT AND GPL-3.0-only", false),
        ("(MIT OR GPL-2.0-only) AND Unicode-3.0", true),
        ("(MIT AND LGPL-3.0-only) OR Zlib", true),
        ("MIT/Apache-2.0", true),
        ("MPL-2.0", false),
        ("none", false),
    ] {
        assert_eq!(allowed(expression, "some-package"), expected, "{expression}");
    }
}
