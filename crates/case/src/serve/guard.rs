//! Who may ask: only the page that this run handed out.

use std::fs::File;
use std::io;
use tiny_http::{Header, Request, Response, ResponseBox};

pub type Answer = ResponseBox;

/// Scripts and requests of this server only; nothing inline but styles, no frames, no forms.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(&str, &str); 7] = [
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
];

pub struct Guard {
    /// 128 random bits, hex.
    token: String,
    port: u16,
}

impl Guard {
    pub fn new(port: u16) -> io::Result<Self> {
        let mut bytes = [0u8; 16];
        getrandom::fill(&mut bytes).map_err(|e| io::Error::other(e.to_string()))?;
        Ok(Self { token: hex::encode(bytes), port })
    }

    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/{}/", self.port, self.token)
    }

    /// The path below the token, or the refusal. A refusal says nothing about which check failed.
    pub fn check(&self, request: &Request) -> Result<String, Answer> {
        let header = |name: &'static str| {
            let mut found = request.headers().iter().filter(|h| h.field.equiv(name));
            // A header given twice could be read one way here and another way elsewhere.
            match (found.next(), found.next()) {
                (None, _) => Ok(None),
                (Some(h), None) => Ok(Some(h.value.as_str())),
                (Some(_), Some(_)) => Err(text(403, "refused\n")),
            }
        };
        let refused = || text(403, "refused\n");
        let hosts = [format!("127.0.0.1:{}", self.port), format!("localhost:{}", self.port)];
        let host = header("Host")?.ok_or_else(refused)?;
        if !hosts.iter().any(|h| h == host) {
            return Err(refused());
        }
        if let Some(origin) = header("Origin")?
            && !hosts.iter().any(|h| origin.strip_prefix("http://") == Some(h))
        {
            return Err(refused());
        }
        if let Some(site) = header("Sec-Fetch-Site")?
            && !matches!(site, "same-origin" | "none")
        {
            return Err(refused());
        }
        let path = request.url().split(['?', '#']).next().unwrap_or_default();
        let rest = path.strip_prefix('/').ok_or_else(refused)?;
        let (token, rest) = rest.split_once('/').ok_or_else(refused)?;
        if !same(token.as_bytes(), self.token.as_bytes()) {
            return Err(refused());
        }
        Ok(rest.to_owned())
    }
}

/// Compares in a time that does not tell where two texts differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0u8, |d, (x, y)| d | (x ^ y)) == 0
}

/// An answer with the headers that every answer of this server has.
pub fn answer(status: u16, mime: &str, body: Vec<u8>) -> Answer {
    with_headers(Response::from_data(body).with_status_code(status).boxed(), &[("Content-Type", mime)])
}

/// A file to be saved by the browser, streamed: an export may be larger than memory.
pub fn attachment(file: File, name: &str) -> Answer {
    let disposition = format!("attachment; filename=\"{name}\"");
    let own = [("Content-Type", "application/octet-stream"), ("Content-Disposition", disposition.as_str())];
    with_headers(Response::from_file(file).boxed(), &own)
}

fn with_headers(mut response: Answer, own: &[(&str, &str)]) -> Answer {
    for (name, value) in HEADERS.iter().chain(own) {
        if let Ok(header) = Header::from_bytes(*name, *value) {
            response.add_header(header);
        }
    }
    response
}

pub fn text(status: u16, words: &str) -> Answer {
    answer(status, "text/plain; charset=utf-8", words.as_bytes().to_vec())
}
