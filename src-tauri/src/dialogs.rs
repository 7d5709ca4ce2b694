//! The questions that need a person's choice of a path. Dialogs are opened here, never by the page.

use crate::desk::{Desk, failed};
use case::api::{ApiError, EvidenceKind, HostRequest, HostResponse};
use std::path::PathBuf;
use tauri::{AppHandle, Manager, State, Wry};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};

const CASE: &str = "casebook";

/// Answers on a thread that may wait for a person.
pub fn answer(app: &AppHandle, request: HostRequest) -> Result<HostResponse, ApiError> {
    let desk: State<'_, Desk> = app.state();
    match request {
        HostRequest::Start => desk.start().map(|start| HostResponse::Start { start }),
        HostRequest::OpenRecent { handle } => desk.open_recent(&handle).map(|()| HostResponse::Opened),
        HostRequest::OpenCase => match path(dialog(app).add_filter("Casebook", &[CASE]).blocking_pick_file())? {
            Some(path) => desk.open(&path).map(|()| HostResponse::Opened),
            None => Ok(HostResponse::Nothing),
        },
        HostRequest::CreateCase { title } => {
            let suggested = format!("{}.{CASE}", file_name(&title));
            match path(dialog(app).add_filter("Casebook", &[CASE]).set_file_name(suggested).blocking_save_file())? {
                Some(path) => desk.create(&path, &title).map(|()| HostResponse::Opened),
                None => Ok(HostResponse::Nothing),
            }
        }
        HostRequest::OpenSample => desk.open_sample().map(|()| HostResponse::Opened),
        HostRequest::CloseCase => {
            desk.close();
            Ok(HostResponse::Done)
        }
        HostRequest::ChooseEvidence { kind } => {
            let chosen = match kind {
                EvidenceKind::Files => dialog(app).blocking_pick_files(),
                EvidenceKind::Folder => dialog(app).blocking_pick_folders(),
            };
            let paths = chosen.unwrap_or_default().into_iter().map(plain).collect::<Result<Vec<_>, _>>()?;
            if paths.is_empty() { Ok(HostResponse::Nothing) } else { Ok(HostResponse::Chosen { items: desk.issue(&paths)? }) }
        }
        HostRequest::ChooseExport { ending, name } => {
            let suggested = format!("{}.{}", file_name(&name), ending.text());
            match path(dialog(app).set_file_name(suggested).blocking_save_file())? {
                Some(path) => Ok(HostResponse::Chosen { items: desk.issue(&[path])? }),
                None => Ok(HostResponse::Nothing),
            }
        }
        HostRequest::SaveText { name, text } => save(app, &name, text.as_bytes()),
        HostRequest::SaveBytes { name, base64 } => {
            let bytes = case::api::decoded(&base64)?;
            save(app, &name, &bytes)
        }
    }
}

fn save(app: &AppHandle, name: &str, bytes: &[u8]) -> Result<HostResponse, ApiError> {
    match path(dialog(app).set_file_name(file_name(name)).blocking_save_file())? {
        Some(path) => std::fs::write(path, bytes).map(|()| HostResponse::Done).map_err(failed),
        None => Ok(HostResponse::Nothing),
    }
}

fn dialog(app: &AppHandle) -> FileDialogBuilder<Wry> {
    let dialog = app.dialog().file();
    match app.get_webview_window(crate::window::NAME) {
        Some(window) => dialog.set_parent(&window),
        None => dialog,
    }
}

fn plain(chosen: FilePath) -> Result<PathBuf, ApiError> {
    chosen.into_path().map_err(failed)
}

fn path(chosen: Option<FilePath>) -> Result<Option<PathBuf>, ApiError> {
    chosen.map(plain).transpose()
}

/// A name that every file system takes: what the page suggests is only a suggestion.
fn file_name(suggested: &str) -> String {
    let kept: String =
        suggested.chars().map(|c| if c.is_alphanumeric() || "-_. ".contains(c) { c } else { '_' }).take(100).collect();
    let trimmed = kept.trim_matches(['.', ' ']);
    if trimmed.is_empty() { "casebook".into() } else { trimmed.into() }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_suggested_name_is_no_path() {
        assert_eq!(file_name("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(file_name("사건 2025-114"), "사건 2025-114");
        assert_eq!(file_name(".."), "casebook");
        assert_eq!(file_name("a\u{202e}b\0c"), "a_b_c");
    }
}
