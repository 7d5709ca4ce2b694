//! Records what the build was made from: the commit, the lock file, the target.
use std::process::Command;

fn main() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let lock = root.join("Cargo.lock");
    println!("cargo:rerun-if-changed={}", lock.display());
    println!("cargo:rustc-env=CASEBOOK_LOCK={}", lock.canonicalize().unwrap_or(lock).display());
    let git = Command::new("git").args(["rev-parse", "HEAD"]).current_dir(&root).output();
    let commit = git.ok().filter(|o| o.status.success()).map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned());
    println!("cargo:rustc-env=CASEBOOK_COMMIT={}", commit.unwrap_or_else(|| "unknown".into()));
    println!("cargo:rustc-env=CASEBOOK_TARGET={}", std::env::var("TARGET").unwrap_or_default());
}
