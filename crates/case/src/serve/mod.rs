//! The loopback host: the same interface and the same `api`, for a browser on this machine. It
//! listens on 127.0.0.1 only; every request must carry the token of this run in its path, name
//! this server as its host, and come from its own page.

mod answer;
mod guard;

use crate::api::{ApiError, Chosen, Request, Response};
use answer::Desk;
use guard::Guard;
use std::io;
use std::path::{Path, PathBuf};
use tiny_http::Server;

/// One file of the built interface.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Relative, with `/`: "index.html", "assets/index-1a2b.js".
    pub path: &'static str,
    pub bytes: &'static [u8],
}

/// The case that is served, as far as this host needs it.
pub trait Served: Sync {
    fn call(&self, request: Request) -> Result<Response, ApiError>;
    /// Makes a handle for a path; the page never sees or sends paths.
    fn issue(&self, path: &Path) -> String;
}

pub struct Options<'a> {
    pub case: &'a dyn Served,
    /// 0 lets the system choose.
    pub port: u16,
    /// Evidence that the page may offer for import.
    pub evidence: Vec<PathBuf>,
    /// The built interface; empty where the program was built without it.
    pub assets: &'static [Asset],
    pub version: &'a str,
}

/// Threads that answer; one slow question must not hold up the rest.
const THREADS: usize = 6;

/// Serves until the process ends. `ready` gets the address to open, which holds the token.
pub fn serve(options: Options<'_>, ready: &mut dyn FnMut(&str)) -> io::Result<()> {
    let server = Server::http(("127.0.0.1", options.port)).map_err(|e| io::Error::other(e.to_string()))?;
    let port = server.server_addr().to_ip().map(|a| a.port()).unwrap_or(options.port);
    let guard = Guard::new(port)?;
    let offered = options
        .evidence
        .iter()
        .map(|path| Chosen { handle: options.case.issue(path), name: path.display().to_string() })
        .collect();
    let desk = Desk::new(options.case, offered, options.assets, options.version);
    ready(&guard.address());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Ok(mut request) = server.recv() {
                    let response = match guard.check(&request) {
                        Ok(path) => desk.answer(&mut request, &path),
                        Err(refusal) => refusal,
                    };
                    // A browser that went away needs no answer.
                    let _ = request.respond(response);
                }
            });
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests;
