//! What is answered once the guard let a request in: the interface's files, the case, the host.

use super::guard::{Answer, answer, attachment, text};
use super::{Asset, Served};
use crate::api::{ApiError, Chosen, FileEnding, HostRequest, HostResponse, Request, StartInfo};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Mutex;
use tiny_http::Method;

/// Longest question, bytes.
const LONGEST: u64 = 16 << 20;

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Casebook</title>\
<p>This program was built without its interface. Run <code>npm ci</code> and <code>npm run build</code> in <code>ui</code>, \
then build the program again.\n";

pub struct Desk<'a> {
    case: &'a dyn Served,
    offered: Vec<Chosen>,
    assets: &'static [Asset],
    version: &'a str,
    /// Exports on their way to the browser, by handle.
    exports: Mutex<BTreeMap<String, (PathBuf, String)>>,
}

impl<'a> Desk<'a> {
    pub fn new(case: &'a dyn Served, offered: Vec<Chosen>, assets: &'static [Asset], version: &'a str) -> Self {
        Self { case, offered, assets, version, exports: Mutex::default() }
    }

    pub fn answer(&self, request: &mut tiny_http::Request, path: &str) -> Answer {
        match (request.method(), path) {
            (Method::Get | Method::Head, "") => self.asset("index.html"),
            (Method::Get | Method::Head, path) => match path.strip_prefix("download/") {
                Some(handle) => self.download(handle),
                None => self.asset(path),
            },
            (Method::Post, "api") => json(request, |asked: Request| self.case.call(asked)),
            (Method::Post, "host") => json(request, |asked: HostRequest| self.host(asked)),
            _ => text(405, "not allowed\n"),
        }
    }

    /// A file of the interface, by exact name: no path is ever opened for a request.
    fn asset(&self, path: &str) -> Answer {
        match self.assets.iter().find(|a| a.path == path) {
            Some(asset) => answer(200, mime(path), asset.bytes.to_vec()),
            None if path == "index.html" => answer(200, "text/html; charset=utf-8", NOT_BUILT.as_bytes().to_vec()),
            None => text(404, "not found\n"),
        }
    }

    /// A browser has no dialogs of ours: it may only have what the server was started with.
    fn host(&self, asked: HostRequest) -> Result<HostResponse, ApiError> {
        match asked {
            HostRequest::Start => Ok(HostResponse::Start {
                start: StartInfo {
                    open: true,
                    recent: Vec::new(),
                    dialogs: false,
                    sample: false,
                    offered: self.offered.clone(),
                    version: self.version.to_owned(),
                },
            }),
            HostRequest::ChooseExport { ending, name } => self.export_place(ending, &name),
            HostRequest::CloseCase => Ok(HostResponse::Done),
            HostRequest::OpenRecent { .. }
            | HostRequest::OpenCase
            | HostRequest::CreateCase { .. }
            | HostRequest::OpenSample
            | HostRequest::ChooseEvidence { .. }
            | HostRequest::SaveText { .. }
            | HostRequest::SaveBytes { .. } => Err(ApiError {
                code: "not-offered".into(),
                message: "This host serves one case and has no dialogs.".into(),
                hint: Some("Start the program with another case or with paths of evidence.".into()),
            }),
        }
    }

    /// A fresh file, in a folder that only this user may read, for an export to be fetched once.
    fn export_place(&self, ending: FileEnding, name: &str) -> Result<HostResponse, ApiError> {
        let failed = |e: io::Error| ApiError { code: "failed".into(), message: e.to_string(), hint: None };
        let mut random = [0u8; 16];
        getrandom::fill(&mut random).map_err(|e| failed(io::Error::other(e.to_string())))?;
        let folder = std::env::temp_dir().join(format!("casebook-export-{}", hex::encode(random)));
        private_folder(&folder).map_err(failed)?;
        let name = file_name(name, ending);
        let path = folder.join(&name);
        let handle = self.case.issue(&path);
        if let Ok(mut exports) = self.exports.lock() {
            exports.insert(handle.clone(), (path, name.clone()));
        }
        Ok(HostResponse::Chosen { items: vec![Chosen { handle, name }] })
    }

    fn download(&self, handle: &str) -> Answer {
        let taken = self.exports.lock().ok().and_then(|mut exports| exports.remove(handle));
        let Some((path, name)) = taken else { return text(404, "not found\n") };
        let opened = File::open(&path);
        // Where an open file cannot be removed it stays in the private folder until the system tidies up.
        let _ = std::fs::remove_file(&path);
        if let Some(folder) = path.parent() {
            let _ = std::fs::remove_dir(folder);
        }
        opened.map_or_else(|_| text(404, "not found\n"), |file| attachment(file, &name))
    }
}

/// Letters, digits, `-` and `_` of a view's name, with the ending.
fn file_name(name: &str, ending: FileEnding) -> String {
    let stem: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(64).collect();
    format!("{}.{}", if stem.is_empty() { "export" } else { &stem }, ending.text())
}

#[cfg(unix)]
fn private_folder(path: &std::path::Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Folders for temporary files are each user's own there.
#[cfg(not(unix))]
fn private_folder(path: &std::path::Path) -> io::Result<()> {
    std::fs::create_dir(path)
}

/// Reads a JSON question and writes its JSON answer; an error of the API has status 422.
fn json<Q: DeserializeOwned, A: Serialize>(
    request: &mut tiny_http::Request,
    work: impl FnOnce(Q) -> Result<A, ApiError>,
) -> Answer {
    let plain =
        request.headers().iter().any(|h| h.field.equiv("Content-Type") && h.value.as_str().starts_with("application/json"));
    if !plain {
        // Forms and simple cross-site requests cannot have this type without asking first.
        return text(415, "application/json only\n");
    }
    let mut body = Vec::new();
    match request.as_reader().take(LONGEST + 1).read_to_end(&mut body) {
        Ok(n) if n as u64 <= LONGEST => {}
        Ok(_) => return text(413, "too long\n"),
        Err(_) => return text(400, "not readable\n"),
    }
    let outcome = serde_json::from_slice(&body)
        .map_err(|e| ApiError { code: "bad-request".into(), message: e.to_string(), hint: None })
        .and_then(work);
    let (status, written) = match &outcome {
        Ok(answer) => (200, serde_json::to_vec(answer)),
        Err(error) => (422, serde_json::to_vec(error)),
    };
    match written {
        Ok(body) => answer(status, "application/json", body),
        Err(_) => text(500, "failed\n"),
    }
}

fn mime(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
