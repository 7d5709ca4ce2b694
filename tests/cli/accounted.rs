//! Logs with bytes, times and lines that no log should have: every row is kept, every line accounted for.

use crate::support::{Bench, text};
use std::collections::BTreeSet;
use std::fs;

fn line(field: &str, bytes: &[u8], minute: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut put = |name: &str, plain: &str| out.extend_from_slice(if name == field { bytes } else { plain.as_bytes() });
    put("host", "192.0.2.1");
    put("", " ");
    put("ident", "-");
    put("", " ");
    put("user", "SK1");
    put("", &format!(" [01/Jan/2025:00:{minute:02}:00 +0000] \"GET /v1/customers/"));
    put("subject", "17");
    put("", "/profile?q=");
    put("query", "1");
    put("", " HTTP/1.1\" 200 1 \"");
    put("referrer", "-");
    put("", "\" \"");
    put("agent", "curl");
    put("", "\"\n");
    out
}

#[test]
fn bytes_that_are_no_text_are_kept_in_every_field() {
    let mut log = Vec::new();
    for (n, field) in ["host", "ident", "user", "subject", "query", "referrer", "agent"].iter().enumerate() {
        log.extend(line(field, b"K\xff\xfe", n as u32));
        log.extend(line(field, b"K\x00L", 10 + n as u32));
    }
    for _ in 0..20 {
        log.extend(line("none", b"", 30));
    }
    let rows = log.split(|b| *b == b'\n').count() - 1;
    for profile in ["combined", "gateway"] {
        let bench = Bench::new();
        let path = bench.path("hostile.log");
        fs::write(&path, &log).unwrap();
        assert_eq!(bench.add_with(&[&path], &["--profile", profile])["events"], rows, "{profile}");
        bench.on("verify", &["--evidence", path.to_str().unwrap()]).good();
        let told: BTreeSet<String> = bench.view("findings", &[]).iter().map(|f| text(f, "code").to_owned()).collect();
        assert!(told.contains("invalid-text"), "{profile}: {told:?}");
        let counted = bench.view("requests-by-actor", &[]);
        assert_eq!(counted.iter().map(|r| r["requests"].as_u64().unwrap()).sum::<u64>(), rows as u64, "{profile}");
    }
}

#[test]
fn times_and_numbers_that_can_not_be_are_findings() {
    let bench = Bench::new();
    let log = bench.path("times.log");
    let mut lines = String::new();
    for day in ["01/Jan/1601:00:00:00", "31/Dec/9999:23:59:59", "30/Feb/2024:00:00:01", "05/Mar/2024:00:00:01"] {
        lines.push_str(&format!("203.0.113.7 - frank [{day} +0000] \"GET /{} HTTP/1.0\" 200 2326 \"-\" \"x\"\n", &day[7..11]));
    }
    lines
        .push_str("203.0.113.7 - frank [05/Mar/2024:00:00:02 +0000] \"GET / HTTP/1.0\" 200 99999999999999999999 \"-\" \"x\"\n\n");
    fs::write(&log, lines).unwrap();
    assert_eq!(bench.add(&[&log])["events"], 5);
    let findings = bench.view("findings", &[]);
    let count = |code: &str| findings.iter().find(|f| text(f, "code") == code).map(|f| f["count"].as_u64().unwrap());
    assert_eq!(count("implausible-time"), Some(2), "{findings:?}");
    assert_eq!((count("time-not-read"), count("number-not-read"), count("lines-without-row")), (Some(1), Some(1), Some(1)));
    let ats: Vec<String> = bench.view("timeline", &[]).iter().map(|r| text(r, "at").to_owned()).collect();
    assert_eq!(ats, ["1601-01-01T00:00:00Z", "2024-03-05T00:00:01Z", "2024-03-05T00:00:02Z", "9999-12-31T23:59:59Z", ""]);
}

/// Rows, lines told of with their places, and lines that hold nothing are all lines of the file.
#[test]
fn every_line_without_a_row_is_told_with_its_place() {
    let bench = Bench::new();
    let log = bench.path("mixed.log");
    let (mut bytes, mut places) = (Vec::new(), BTreeSet::new());
    for n in 0..4_000u32 {
        if n % 3 == 1 {
            places.insert(bytes.len() as u64);
            bytes.extend_from_slice(format!("health check {n}\n").as_bytes());
        }
        if n % 500 == 0 {
            bytes.push(b'\n');
        }
        bytes.extend(line("none", b"", n % 60));
    }
    fs::write(&log, &bytes).unwrap();
    assert_eq!(bench.add_with(&[&log], &["--profile", "combined"])["events"], 4_000);
    let findings = bench.view("findings", &[]);
    let of = |code: &'static str| findings.iter().filter(move |f| text(f, "code") == code);
    assert_eq!(of("lines-not-parsed").map(|f| f["count"].as_u64().unwrap()).sum::<u64>(), places.len() as u64);
    assert_eq!(of("lines-without-row").map(|f| f["count"].as_u64().unwrap()).sum::<u64>(), 8);
    let told: BTreeSet<u64> = of("lines-not-parsed")
        .flat_map(|f| text(f, "found").split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect::<Vec<u64>>())
        .collect();
    assert!(places.is_subset(&told), "{:?}", places.difference(&told).take(5).collect::<Vec<_>>());
}

#[test]
fn addresses_are_sorted_and_compared_by_their_numbers() {
    let bench = Bench::new();
    let log = bench.path("a.log");
    let mut bytes = Vec::new();
    let hosts = ["9.255.0.1", "10.0.0.2", "127.0.0.1", "128.0.0.1", "203.0.113.9", "2001:db8::1", "2001:DB8::2", "a.example"];
    for n in 0..620u32 {
        let host = hosts.get(n as usize).map_or_else(|| format!("198.51.{}.{}", n / 250, n % 250), |h| (*h).to_owned());
        bytes.extend(line("host", host.as_bytes(), n % 60));
    }
    fs::write(&log, &bytes).unwrap();
    bench.add_with(&[&log], &["--profile", "combined"]);
    let ordered = |view: &str, options: &[&str]| -> Vec<String> {
        let rows = bench.view(view, &[&["--order", "address"], options].concat());
        rows.iter().map(|r| text(r, "address").to_owned()).collect()
    };
    let all = ordered("requests-by-actor", &[]);
    assert_eq!(all.len(), 620);
    assert_eq!(all[..4], hosts[..4]);
    assert_eq!(all[616..], ["203.0.113.9", "2001:db8::1", "2001:DB8::2", "a.example"]);
    assert_eq!(ordered("requests-by-actor", &["--descending"]), all.iter().rev().cloned().collect::<Vec<_>>());
    let under = |filter: &str| bench.view("accessed", &["--where", filter]).len();
    assert_eq!((under("address < 10.0.0.0"), under("address >= 128.0.0.1"), under("address > 2001:db8::1")), (1, 616, 1));
    assert_eq!(bench.on("view", &["accessed", "--where", "address < host"]).code, Some(2));
    // The pages of the window go on from the last row of the one before.
    let table = bench.on("view", &["requests-by-actor", "--order", "address", "--limit", "620"]).good().text();
    assert_eq!(table.lines().filter(|l| l.contains("SK1")).count(), 620);
    assert_eq!(table.lines().filter(|l| l.contains(" 198.51.")).collect::<BTreeSet<_>>().len(), 612);
}

#[test]
fn what_is_here_already_and_what_is_left_out_is_said() {
    let bench = Bench::new();
    let log = bench.path("a.log");
    fs::write(&log, [line("none", b"", 1), line("user", b"SK2", 2)].concat()).unwrap();
    bench.add(&[&log]);
    let path = log.to_str().unwrap();
    let again = bench.on("add", &[path]).good();
    assert!(again.err.contains("is import 1 already") && !again.err.contains("profile and zone"), "{}", again.err);
    let otherwise = bench.on("add", &[path, "--zone", "+01:00"]).good();
    assert!(otherwise.err.contains("To read it otherwise"), "{}", otherwise.err);
    let narrowed = bench.on("view", &["accessed", "--format", "csv", "--where", "actor = SK2"]).good();
    assert_eq!(narrowed.text().lines().count(), 2);
    assert!(narrowed.err.contains("filtered: 1 of 2; 1 of 1 rows shown"), "{}", narrowed.err);
    let whole = bench.on("view", &["accessed", "--format", "csv"]).good();
    assert_eq!(whole.err, "");
}

#[test]
fn several_keys_are_told_as_several() {
    let bench = Bench::new();
    let log = bench.path("a.jsonl");
    let row = |key: &str, status: u32| {
        format!(
            "{{\"time\":\"2025-01-01T00:00:00Z\",\"account\":\"a1\",\"key_id\":\"{key}\",\"remote_addr\":\"192.0.2.1\",\"method\":\"GET\",\"path\":\"/x\",\"status\":{status}}}\n"
        )
    };
    fs::write(&log, [row("K1", 200), row("K2", 403), row("K1", 200)].concat()).unwrap();
    bench.add(&[&log]);
    let key = |options: &[&str]| text(&bench.view("requests-by-actor", options)[0], "key").to_owned();
    assert_eq!(key(&[]), "(several)");
    assert_eq!((key(&["--where", "status = 200"]), key(&["--where", "status = 403"])), ("K1".into(), "K2".into()));
}

#[test]
fn groups_say_where_their_clock_is_not_known() {
    let bench = Bench::new();
    let table = bench.path("local.jsonl");
    let local = "{\"time\":\"2025-01-01 08:00:00\",\"account\":\"a1\",\"method\":\"GET\",\"path\":\"/x\",\"status\":200}\n";
    fs::write(&table, local).unwrap();
    bench.add(&[&table]);
    let first = || text(&bench.view("requests-by-actor", &["--order", "first"])[0], "first").to_owned();
    assert_eq!(first(), "2025-01-01T08:00:00 (local, zone unknown)");
    let log = bench.path("a.log");
    fs::write(&log, line("none", b"", 1)).unwrap();
    bench.add(&[&log]);
    assert_eq!(first(), "2025-01-01T00:01:00 (zone partly unknown)");
}
