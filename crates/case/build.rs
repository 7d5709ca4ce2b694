//! Records what the build was made from: the commit, the lock file, the target.
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    // Asked when it runs: a build script may serve another checkout than the one it was compiled in.
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default().join("../..");
    let lock = root.join("Cargo.lock");
    println!("cargo:rerun-if-changed={}", lock.display());
    println!("cargo:rustc-env=CASEBOOK_LOCK={}", lock.canonicalize().unwrap_or(lock).display());
    // Git adds a line there with every commit and checkout; without it an older commit would go on being named.
    if let Some(log) = git(&root, &["rev-parse", "--git-path", "logs/HEAD"]).map(|path| root.join(path)).filter(|p| p.exists()) {
        println!("cargo:rerun-if-changed={}", log.display());
    }
    let commit = git(&root, &["rev-parse", "HEAD"]);
    println!("cargo:rustc-env=CASEBOOK_COMMIT={}", commit.unwrap_or_else(|| "unknown".into()));
    println!("cargo:rustc-env=CASEBOOK_TARGET={}", std::env::var("TARGET").unwrap_or_default());
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let said = Command::new("git").args(arguments).current_dir(root).output().ok()?;
    said.status.success().then(|| String::from_utf8_lossy(&said.stdout).trim().to_owned())
}
