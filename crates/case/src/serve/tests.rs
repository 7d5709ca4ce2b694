//! The loopback host over a real socket: what the guard refuses, what the page may ask.

use super::*;
use crate::api::HostResponse;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::channel;

struct OneAnswer;

impl Served for OneAnswer {
    fn call(&self, request: Request) -> Result<Response, ApiError> {
        match request {
            Request::Export { handle, .. } => {
                std::fs::write(&handle, b"a,b\n").unwrap();
                Ok(Response::Exported { rows: "1".into(), path: handle })
            }
            Request::Formats => Ok(Response::Formats { parsers: vec![], profiles: vec![] }),
            _ => Err(ApiError { code: "no-such-row".into(), message: "no such row".into(), hint: None }),
        }
    }
    fn issue(&self, path: &Path) -> String {
        path.display().to_string()
    }
}

const ASSETS: &[Asset] =
    &[Asset { path: "index.html", bytes: b"<!doctype html>page" }, Asset { path: "assets/a.js", bytes: b"1" }];

/// A server for the rest of the test process; its port and token.
fn started(assets: &'static [Asset]) -> (u16, String) {
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let options = Options { case: &OneAnswer, port: 0, evidence: vec!["/evidence/disk.E01".into()], assets, version: "test" };
        serve(options, &mut |address| tell.send(address.to_owned()).unwrap()).unwrap();
    });
    let address = told.recv().unwrap();
    let rest = address.strip_prefix("http://127.0.0.1:").unwrap();
    let (port, token) = rest.trim_end_matches('/').split_once('/').unwrap();
    (port.parse().unwrap(), token.to_owned())
}

fn send(port: u16, raw: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(raw.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(port: u16, path: &str, headers: &str) -> String {
    send(port, &format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n"))
}

fn post(port: u16, path: &str, mime: &str, body: &str) -> String {
    let n = body.len();
    send(
        port,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\nContent-Type: {mime}\r\nContent-Length: {n}\r\n\r\n{body}"
        ),
    )
}

#[test]
fn every_request_needs_token_host_and_own_origin() {
    let (port, token) = started(ASSETS);
    assert_eq!(token.len(), 32);
    let host = format!("Host: 127.0.0.1:{port}\r\n");
    let home = format!("/{token}/");
    let refused = [
        ("/", host.clone()),
        ("/index.html", host.clone()),
        ("/00000000000000000000000000000000/", host.clone()),
        (home.as_str(), String::new()),
        (home.as_str(), "Host: evil.example\r\n".into()),
        (home.as_str(), format!("Host: evil.example:{port}\r\n")),
        (home.as_str(), format!("Host: 127.0.0.1:{}\r\n", port.wrapping_add(1))),
        (home.as_str(), format!("{host}{host}")),
        (home.as_str(), format!("{host}Origin: http://evil.example\r\n")),
        (home.as_str(), format!("{host}Origin: https://127.0.0.1:{port}\r\n")),
        (home.as_str(), format!("{host}Origin: null\r\n")),
        (home.as_str(), format!("{host}Sec-Fetch-Site: cross-site\r\n")),
        (home.as_str(), format!("{host}Sec-Fetch-Site: same-site\r\n")),
    ];
    for (path, headers) in refused {
        let answer = get(port, path, &headers);
        assert!(answer.starts_with("HTTP/1.1 403"), "{path} {headers:?}: {answer}");
        assert!(!answer.contains(&token));
    }
    let page = get(port, &home, &format!("{host}Origin: http://localhost:{port}\r\nSec-Fetch-Site: same-origin\r\n"));
    assert!(page.starts_with("HTTP/1.1 200") && page.ends_with("page"), "{page}");
}

#[test]
fn every_answer_has_the_headers() {
    let (port, token) = started(ASSETS);
    let host = format!("Host: 127.0.0.1:{port}\r\n");
    for path in ["/", "/nowhere", &format!("/{token}/"), &format!("/{token}/assets/a.js"), &format!("/{token}/../../etc/passwd")]
    {
        let answer = get(port, path, &host).to_ascii_lowercase();
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self';",
            "x-content-type-options: nosniff",
            "cache-control: no-store",
            "referrer-policy: no-referrer",
            "x-frame-options: deny",
        ] {
            assert!(answer.contains(header), "{path} lacks {header}: {answer}");
        }
        assert!(!answer.contains("access-control-allow"), "{answer}");
        assert!(!answer.contains("root:"));
    }
}

#[test]
fn questions_are_json_and_errors_keep_their_code() {
    let (port, token) = started(ASSETS);
    let api = format!("/{token}/api");
    let good = post(port, &api, "application/json", r#"{"ask":"formats"}"#);
    assert!(good.starts_with("HTTP/1.1 200") && good.contains(r#""answer":"formats""#), "{good}");
    let bad = post(port, &api, "application/json", r#"{"ask":"proof","table":"event","id":"1"}"#);
    assert!(bad.starts_with("HTTP/1.1 422") && bad.contains(r#""code":"no-such-row""#), "{bad}");
    assert!(post(port, &api, "text/plain", r#"{"ask":"formats"}"#).starts_with("HTTP/1.1 415"));
    assert!(post(port, &api, "application/json", "{").contains(r#""code":"bad-request""#));
    assert!(post(port, &format!("/{token}/other"), "application/json", "{}").starts_with("HTTP/1.1 405"));
    let long = format!("{{\"ask\":\"{}\"}}", "x".repeat(16 << 20));
    assert!(post(port, &api, "application/json", &long).starts_with("HTTP/1.1 413"));
}

#[test]
fn only_what_the_server_was_started_with_is_offered() {
    let (port, token) = started(&[]);
    let host = format!("/{token}/host");
    let start = post(port, &host, "application/json", r#"{"ask":"start"}"#);
    assert!(start.contains("/evidence/disk.E01") && start.contains(r#""dialogs":false"#), "{start}");
    let choose = post(port, &host, "application/json", r#"{"ask":"choose_evidence","kind":"files"}"#);
    assert!(choose.contains(r#""code":"not-offered""#), "{choose}");
    let page = get(port, &format!("/{token}/"), &format!("Host: 127.0.0.1:{port}\r\n"));
    assert!(page.contains("built without its interface"), "{page}");
}

#[test]
fn an_export_is_fetched_once_and_leaves_nothing() {
    let (port, token) = started(ASSETS);
    let asked =
        post(port, &format!("/{token}/host"), "application/json", r#"{"ask":"choose_export","ending":"csv","name":"a/../b\"c"}"#);
    let body = asked.split("\r\n\r\n").nth(1).unwrap();
    let HostResponse::Chosen { items } = serde_json::from_str(body).unwrap() else { panic!("{body}") };
    assert_eq!(items[0].name, "abc.csv");
    let handle = &items[0].handle;
    let export = format!(
        r#"{{"ask":"export","view":"files","query":{{"filters":[],"from":null,"to":null,"order":null,"descending":false}},"format":"csv","handle":"{handle}"}}"#
    );
    assert!(post(port, &format!("/{token}/api"), "application/json", &export).starts_with("HTTP/1.1 200"));
    // In the product a handle is no path; here it is, with its slashes as they are.
    let host = format!("Host: 127.0.0.1:{port}\r\n");
    let path = format!("/{token}/download/{handle}");
    let first = get(port, &path, &host);
    assert!(first.contains("filename=\"abc.csv\"") && first.ends_with("a,b\n"), "{first}");
    assert!(get(port, &path, &host).starts_with("HTTP/1.1 404"));
    assert!(!Path::new(handle).exists() && !Path::new(handle).parent().unwrap().exists());
}
