//! Cases opened before, kept outside every case: path and title, latest first.

use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

const KEPT: usize = 20;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent {
    pub path: PathBuf,
    pub title: String,
}

/// The list in `file`; an unreadable list is an empty one.
pub fn load(file: &Path) -> Vec<Recent> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut list: Vec<Recent> = serde_json::from_str(&text).unwrap_or_default();
    list.truncate(KEPT);
    list
}

/// Puts a case first in the list.
pub fn remember(file: &Path, opened: Recent) -> io::Result<()> {
    let mut list = load(file);
    list.retain(|r| r.path != opened.path);
    list.insert(0, opened);
    list.truncate(KEPT);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, serde_json::to_vec_pretty(&list)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_stands_first_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config/recent.json");
        assert!(load(&file).is_empty());
        for name in ["a", "b", "a"] {
            remember(&file, Recent { path: name.into(), title: name.to_uppercase() }).unwrap();
        }
        let names: Vec<_> = load(&file).into_iter().map(|r| r.title).collect();
        assert_eq!(names, ["A", "B"]);
        std::fs::write(&file, "not json").unwrap();
        assert!(load(&file).is_empty());
    }
}
