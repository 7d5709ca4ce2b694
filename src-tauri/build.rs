//! Declares the window's commands, so that each of them needs a permission of its own, and makes
//! sure there is a page to embed on a machine where the interface was not built.
use std::path::Path;

const PAGE: &str = "<!doctype html><meta charset=utf-8><title>Casebook</title>\
<p>The interface was not built. Run <code>npm ci</code> and <code>npm run build</code> in <code>ui</code>, then build again.\n";

fn main() {
    let dist = Path::new("../ui/dist");
    if !dist.join("index.html").exists() {
        let made = std::fs::create_dir_all(dist).and_then(|()| std::fs::write(dist.join("index.html"), PAGE));
        assert!(made.is_ok(), "ui/dist could not be made");
    }
    println!("cargo:rerun-if-changed=../ui/dist");
    let commands = tauri_build::AppManifest::new().commands(&["call", "ask", "bytes", "follow"]);
    let attributes = tauri_build::Attributes::new().app_manifest(commands);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo:warning={error:#}");
        std::process::exit(1);
    }
}
