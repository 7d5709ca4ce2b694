//! Lines of web servers, proxies and load balancers, as their documentation shows them or their
//! source writes them, and as crashes leave them.

use crate::rows::Rows;
use artifacts::log::{ACCESS, Profile, Profiles, candidates};
use artifacts::{Facts, Input};
use model::MemorySource;

/// The profile that is taken for a log, and its rows and findings.
pub fn read(log: &[u8]) -> (String, Rows) {
    let head = &log[..log.len().min(65_536)];
    let facts = Facts { path: b"a.log", stream: b"", size: log.len() as u64, head, file_system: None };
    let profiles = Profiles::builtin();
    let all: Vec<&Profile> = profiles.all().iter().collect();
    let name = candidates(&facts, &all).first().map_or("none", |c| all[c.profile].name());
    let mut rows = Rows::default();
    (ACCESS.parse)(&Input { facts, data: &MemorySource(log.to_vec()), companions: &[] }, &mut rows).unwrap();
    // What gave no row; what is odd about rows is told beside it.
    rows.findings.retain(|f| f.starts_with("finding lines-not-parsed") || f.starts_with("finding line-too-long"));
    (name.to_owned(), rows)
}

/// As `read`, for one log of a few lines: all rows, then all findings.
fn lines(log: &str) -> (String, Vec<String>, Vec<String>) {
    let (name, rows) = read(log.as_bytes());
    (name, rows.events, rows.findings)
}

/// A row holds these parts and not those.
fn holds(row: &str, parts: &[&str], none: &[&str]) {
    for part in parts {
        assert!(row.contains(part), "{row}: {part}");
    }
    for part in none {
        assert!(!row.contains(part), "{row}: {part} is there");
    }
}

const LINE: &str = "203.0.113.7 - - [12/Mar/2024:09:00:01 +0000] \"GET /a HTTP/1.1\" 200 512 \"-\" \"curl/8.5.0\"\n";

#[test]
fn zeros_beside_a_line_take_nothing_of_it() {
    let log = [LINE.repeat(20).as_bytes(), &[0; 70_000], LINE.repeat(20).as_bytes(), &[0; 5000]].concat();
    let (name, rows) = read(&log);
    assert_eq!((name.as_str(), rows.events.len()), ("combined", 40));
    let zeros = "x2 at 1760+70000 ";
    assert!(rows.findings.len() == 1 && rows.findings[0].contains(zeros), "{:?}", rows.findings);
    // A run past the bound of a line ends at the first other byte.
    let log = [LINE.as_bytes(), &vec![0; 3 << 20], LINE.repeat(2).as_bytes()].concat();
    let (_, rows) = read(&log);
    assert_eq!((rows.events.len(), rows.findings.len()), (3, 1), "{:?}", rows.findings);
    let iis = "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time c-ip cs-method cs-uri-stem sc-status\n\
        2024-03-12 09:00:01 203.0.113.7 GET /a 200\n2024-03-12 09:00:02 203.0.113.7 GET /b 200\n";
    for log in [[iis.as_bytes(), &[0; 40_000]].concat(), [&[0; 512], iis.as_bytes()].concat()] {
        let (name, rows) = read(&log);
        assert_eq!((name.as_str(), rows.events.len(), rows.findings.len()), ("iis_w3c", 2, 1), "{:?}", rows.findings);
    }
}

/// docs.haproxy.org, 8.2.2 to 8.2.4: `option tcplog`, `httplog`, `httpslog`.
#[test]
fn haproxy() {
    let http = r#"203.0.113.7:5000 [12/Mar/2024:10:00:01.100] http-in app/srv1 0/0/1/5/6 200 2750 - - ---- 1/1/0/0/0 0/0 "GET /a HTTP/1.1""#;
    let tcp = "203.0.113.7:5000 [12/Mar/2024:10:00:01.100] tcp-in db/pg1 0/0/5007 212 -- 0/0/0/0/3 0/0";
    for head in ["Mar 12 10:00:01 lb1 haproxy[14389]: ", "<134>1 2024-03-12T10:00:01+00:00 lb1 haproxy 14389 - - ", ""] {
        let tls = " 0/0000000000000000/0/0/0 1wt.eu/TLSv1.3/TLS_AES_256_GCM_SHA384";
        let (name, rows, none) = lines(&format!("{head}{http}{tls}\n{head}{http}\n{head}{tcp}\n"));
        assert_eq!((name.as_str(), rows.len(), none.len()), ("haproxy", 3, 0), "{none:?}");
        for row in &rows[..2] {
            holds(row, &[r#"object="/a" address="203.0.113.7" method="GET""#, "status=200 bytes=2750", r#""port":"5000""#], &[]);
        }
        holds(&rows[0], &[r#""tls":"1wt.eu/TLSv1.3/TLS_AES_256_GCM_SHA384""#], &[]);
        holds(&rows[2], &["bytes=212", r#""termination":"--""#], &["status="]);
        // A line that breaks off within its request is no line of TCP.
        let (_, rows, none) = lines(&format!("{head}{http}\n{head}{http}\n{head}{}\n", &http[..http.len() - 5]));
        assert_eq!((rows.len(), none.len()), (2, 1), "{none:?}");
    }
}

/// httpd 2.4, server/log.c: `[client %a]` is "%s:%d", without brackets; 2.2 has no port there.
#[test]
fn apache_errors() {
    let (name, rows, _) = lines(
        "[Tue Mar 12 10:00:01.100000 2024] [core:error] [pid 35708:tid 4328636416] [client 2001:db8::1:51236] AH00128: File does not exist: /srv/a\n\
         [Tue Mar 12 10:00:01.100000 2024] [proxy:error] [pid 35708:tid 4328636416] (70007)The timeout specified has expired: [client 203.0.113.8:51235] AH01102: error reading status line\n\
         [Tue Mar 12 10:00:01.100000 2024] [ssl:info] [pid 35708:tid 4328636416] ssl_engine_kernel.c(415): [client 203.0.113.9:51234] AH02034: Initial request\n\
         [Tue Mar 12 10:00:01.100000 2024] [proxy:debug] [pid 35708:tid 4328636416] [remote 198.51.100.4:443] AH00962: connection complete\n\
         [Tue Mar 12 10:00:01 2024] [error] [client 2001:db8::1] client denied by server configuration: /srv/x\n\
         [Tue Mar 12 10:00:01.100000 2024] [mpm_event:notice] [pid 1:tid 2] AH00489: Apache/2.4 configured\n",
    );
    assert_eq!((name.as_str(), rows.len()), ("apache_error", 6));
    holds(&rows[0], &[r#"object="AH00128: File does not exist: /srv/a""#, r#"address="2001:db8::1""#, r#""port":"51236""#], &[]);
    holds(&rows[1], &[r#"object="AH01102"#, r#"address="203.0.113.8""#, "(70007)The timeout specified has expired"], &[]);
    holds(&rows[2], &[r#"address="203.0.113.9""#, r#""detail":"ssl_engine_kernel.c(415)""#], &[]);
    holds(&rows[3], &[r#"address="198.51.100.4""#], &[]);
    holds(&rows[4], &[r#"address="2001:db8::1""#], &["port"]);
    holds(&rows[5], &[r#"object="AH00489: Apache/2.4 configured""#], &["address"]);
}

/// nginx, ngx_http_log_error: client and server always, request where one was read.
#[test]
fn nginx_errors() {
    let (name, rows, _) = lines(
        "2024/03/12 10:00:01 [crit] 31#31: *68 SSL_do_handshake() failed (SSL: error:0A00006C:SSL routines::bad key share) while SSL handshaking, client: 203.0.113.8, server: 0.0.0.0:443\n\
         2024/03/12 10:00:01 [info] 31#31: *69 client closed connection while waiting for request, client: 203.0.113.9, server: 0.0.0.0:80\n\
         2024/03/12 10:00:01 [error] 31#31: *1 open() \"/srv/x\" failed (2: No such file or directory), client: 198.51.100.7, server: , request: \"GET /x?a=1 HTTP/1.1\", host: \"example.com\"\n\
         2024/03/12 10:00:01 [notice] 1#1: signal process started\n",
    );
    assert_eq!((name.as_str(), rows.len()), ("nginx_error", 4));
    holds(
        &rows[0],
        &[r#"address="203.0.113.8""#, r#""connection":"68""#, "while SSL handshaking"],
        &["object=\"SSL_do_handshake() failed (SSL: error:0A00006C:SSL routines::bad key share) while SSL handshaking, client"],
    );
    holds(&rows[1], &[r#"address="203.0.113.9""#], &[]);
    holds(&rows[2], &[r#"address="198.51.100.7" method="GET""#, "GET /x?a=1 HTTP/1.1", "host:"], &[]);
    holds(&rows[3], &[r#"object="signal process started""#], &["address"]);
}

/// `name`s of the fields after the agent, addresses with ports, times and lists of other makers.
#[test]
fn access_lines() {
    let t = "[12/Mar/2024:09:00:01 +0000]";
    let get = r#""GET /a HTTP/1.1" 200 512 "-" "curl/8.5.0""#;
    let one = |line: String| {
        let (name, rows, findings) = lines(&format!("{line}\n").repeat(3));
        assert_eq!((rows.len(), findings.len()), (3, 0), "{line} {findings:?}");
        (name, rows[0].clone())
    };
    for (after, parts, none) in [
        ("12345", &[r#""extra":"12345""#][..], &["forwarded_for"][..]),
        (r#"1234 "198.51.100.1""#, &[r#""forwarded_for":"198.51.100.1""#, r#""extra":"1234"#], &[]),
        (r#""198.51.100.1, 10.0.0.1" 0.003"#, &[r#""forwarded_for":"198.51.100.1, 10.0.0.1""#, r#""extra":"0.003""#], &[]),
        ("vhost=example.com rt=0.1", &[r#""extra":"vhost=example.com rt=0.1""#], &["forwarded_for"]),
    ] {
        let (name, row) = one(format!("203.0.113.7 - - {t} {get} {after}"));
        assert_eq!(name, "nginx");
        holds(&row, parts, none);
    }
    let (_, row) = one(format!("203.0.113.7, 10.0.0.2 - frank {t} {get}"));
    holds(&row, &[r#"actor="frank""#, r#"address="203.0.113.7""#, r#""forwarded_for":"203.0.113.7, 10.0.0.2""#], &["vhost"]);
    let (_, row) = one(format!("203.0.113.7:51234 - - {t} {get}"));
    holds(&row, &[r#"address="203.0.113.7""#, r#""port":"51234""#], &[]);
    let (_, row) = one(format!("[2001:db8::1] - - {t} {get}"));
    holds(&row, &[r#"address="2001:db8::1""#], &[]);
    let (_, row) = one(format!("203.0.113.7 - - [2024-03-12T10:00:01+01:00] {get}"));
    holds(&row, &["2024-03-12T09:00:01Z/Second/Stated(60)"], &["raw_time"]);
    let (_, row) = one(format!("203.0.113.7 - - {t}  {get}"));
    holds(&row, &[r#"object="/a""#, "status=200"], &["note"]);
}

#[test]
fn a_line_within_a_line_is_told() {
    let t = "[12/Mar/2024:09:00:01 +0000]";
    let (_, rows, findings) = lines(&format!(
        "{}203.0.113.7 - - {t} \"GET /g HTTP/1.1\" 200 5203.0.113.8 - - {t} \"GET /h HTTP/1.1\" 200 5 \"-\" \"curl\"\n",
        LINE.repeat(3)
    ));
    assert_eq!((rows.len(), findings.len()), (3, 1));
    holds(&findings[0], &["/ cut short; 1 of 1 lines"], &[]);
    // A client can write as much into its request: such a row stays, and says so.
    for torn in [
        format!("203.0.113.7 - - {t} \"GET /lo203.0.113.8 - - {t} \"GET /b HTTP/1.1\" 200 5 \"-\" \"curl\""),
        format!("203.0.113.7 - - [12/M203.0.113.8 - - {t} \"GET /i HTTP/1.1\" 200 5 \"-\" \"curl\""),
    ] {
        let (_, rows, findings) = lines(&format!("{}{torn}\n", LINE.repeat(3)));
        assert_eq!((rows.len(), findings.len()), (4, 0), "{findings:?}");
        holds(&rows[3], &["holds the time of another line"], &[]);
    }
    // Line ends of CR alone.
    let (_, rows, findings) = lines(&format!("{}{}\n", LINE.repeat(3), LINE.repeat(2).trim_end().replace('\n', "\r")));
    assert_eq!((rows.len(), findings.len()), (3, 1));
}

/// Amazon S3: lifecycle actions have no request, and requests of other APIs no Request-URI.
#[test]
fn what_s3_removes_itself() {
    let tail = "- - - 1234 - - \"-\" \"-\" - AIDAEXAMPLE= - - - - - - -";
    let (name, rows, findings) = lines(
        &format!(
            "79a59df9 example-bucket [06/Feb/2019:00:01:58 +0000] - - A1206F460EXAMPLE S3.EXPIRE.OBJECT logs/a.gz \"-\" {tail}\n"
        )
        .repeat(2),
    );
    assert_eq!((name.as_str(), rows.len(), findings.len()), ("aws_s3_access", 2, 0), "{findings:?}");
    holds(&rows[0], &[r#"object="logs/a.gz" method="S3.EXPIRE.OBJECT""#], &["address"]);
}

/// Amazon CloudFront, standard logging version 2, JSON.
#[test]
fn cloudfront_in_json() {
    let (name, rows, findings) = lines(
        &r#"{"date":"2024-11-20","time":"21:02:31","x-edge-location":"LAX50-P1","sc-bytes":"392","c-ip":"192.0.2.100","cs-method":"GET","cs(Host)":"d111111abcdef8.cloudfront.net","cs-uri-stem":"/index.html","sc-status":"200","cs(Referer)":"-","cs(User-Agent)":"Mozilla/5.0","cs-uri-query":"a=1"}
"#
        .repeat(2),
    );
    assert_eq!((name.as_str(), rows.len(), findings.len()), ("aws_cloudfront", 2, 0), "{findings:?}");
    holds(
        &rows[0],
        &[
            "2024-11-20T21:02:31Z/Second/Utc",
            r#"object="/index.html?a=1" address="192.0.2.100" method="GET""#,
            "status=200 bytes=392",
        ],
        &[],
    );
}
