//! Fields that are empty, times of any form, tables of any mark, and records that hide their ends.

use crate::logs::{log, rows};
use artifacts::log::Oddity;

/// nginx with `escape=json` writes "" where a combined log has `-`. Source: ngx_http_log_module.
#[test]
fn empty_fields_are_none() {
    let line = |user: &str, agent: &str, status: &str| {
        format!(
            r#"{{"time":"2024-03-12T09:00:01Z","remote_addr":"203.0.113.7","remote_user":"{user}","user":"","request":"GET /a HTTP/1.1","status":{status},"body_bytes_sent":"-","http_user_agent":"{agent}"}}"#
        )
    };
    let text = [line("", "-", "200"), line("mira", "curl/8.0", "404.0")].join("\n");
    rows(
        &text,
        "json_lines",
        &[r#"!actor & !agent & !raw_ & object="/a" & status=200"#, r#"actor="mira" & agent="curl/8.0" & status=404 & !raw_"#],
    );
    let empty = r#"{"time":"2024-03-12T09:00:01Z","remote_addr":"203.0.113.7","request":"","status":400}"#;
    rows(empty, "json_lines", &["no request line & status=400"]);
}

/// Tables of three rows whose second and third columns say that they are logs.
fn table(times: &[&str]) -> String {
    let row = |t: &&str| format!("\"{t}\",mira,203.0.113.7\n");
    format!("time,user,ip\n{}", times.iter().map(row).collect::<String>())
}

#[test]
fn times_of_tables() {
    for time in [
        "2024-03-12 09:00:01",
        "20240312T090001Z",
        "20240312090001",
        "12.03.2024 09:00:01",
        "12-Mar-2024 09:00:01",
        "Mar 12, 2024 9:00:01 AM",
        "2024-03-12 09:00:01 +0000 UTC",
        "2024-03-12T09:00:01 GMT",
        "2024-03-12 오전 9:00:01",
        "1710234001",
    ] {
        let read = rows(&table(&[time]), "csv", &["2024-03-12T09:00:01Z/Second & !raw_time"]);
        assert_eq!(read.unread.rows_with(Oddity::TimeNotRead), 0, "{time}");
    }
    rows(&table(&["2024-03-12 09:00"]), "csv", &["2024-03-12T09:00:00Z/Minute"]);
    rows(&table(&["2024-03-12"]), "csv", &["2024-03-12T00:00:00Z/Day"]);
    rows(&table(&["2024-03-12 09:00:01 EST"]), "csv", &["2024-03-12T09:00:01Z/Second/Unknown & raw_time"]);
}

#[test]
fn the_order_of_a_date_is_told_by_other_rows_or_not_at_all() {
    let read = rows(
        &table(&["12/03/2024 09:00:01", "25/03/2024 09:00:01"]),
        "csv",
        &["2024-03-12T09:00:01Z & !raw_time", "2024-03-25T09:00:01Z"],
    );
    assert_eq!(read.unread.rows_with(Oddity::TimeNotRead), 0);
    rows(&table(&["03/12/2024 9:00:01 AM", "03/25/2024 9:00:01 AM"]), "csv", &["2024-03-12T09:00:01Z", "2024-03-25T09:00:01Z"]);
    // Rows that contradict one another: only what a row tells by itself.
    let both = ["12/03/2024 09:00:01", "25/03/2024 09:00:01", "03/25/2024 09:00:01"];
    let read = rows(&table(&both), "csv", &[" - & raw_time", "2024-03-25T09:00:01Z", "2024-03-25T09:00:01Z"]);
    assert_eq!(read.unread.rows_with(Oddity::TimeNotRead), 1);
    for unknown in ["3/12/2024 9:00:01 AM", "12/03/24 09:00:01", "45363.375"] {
        let read = rows(&table(&[unknown, unknown]), "csv", &[" - & raw_time & actor=\"mira\"", " - & raw_time"]);
        assert_eq!((read.unread.rows_with(Oddity::TimeNotRead), read.unread.total()), (2, 0), "{unknown}");
    }
    assert!(log(table(&["morning", "evening"]).as_bytes()).is_none());
}

#[test]
fn marks_between_fields() {
    for mark in [",", ";", "\t", "|"] {
        let text = "timestamp;user;ip;action;message\n2024-03-12T09:00:01Z;mira;203.0.113.7;login;\"a;b\"\n".replace(';', mark);
        let profile = if mark == "\t" { "tsv" } else { "csv" };
        rows(&text, profile, &[r#"2024-03-12T09:00:01Z & actor="mira" & address="203.0.113.7" & "message":"a"#]);
        let profile = "csv";
        let named = format!("sep={mark}\r\n{}", text.replace('\n', "\r\n"));
        let read = rows(&named, profile, &[r#"actor="mira""#]);
        assert_eq!((read.unread.total(), read.unread.blank), (0, 2));
    }
}

#[test]
fn a_table_without_rows_is_one() {
    for (text, profile) in [
        ("time,user,ip\n", "csv"),
        ("RecordId,CreationDate,RecordType,Operation,UserId,AuditData\r\n", "m365_audit"),
        (
            "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time s-ip cs-method cs-uri-stem c-ip\n",
            "iis_w3c",
        ),
    ] {
        assert_eq!(rows(text, profile, &[]).unread.total(), 0);
    }
}

#[test]
fn a_quote_that_is_not_closed_hides_one_row() {
    for (quoted, count) in [(false, 201), (true, 201), (false, 60_000)] {
        let mut text = String::from("time,user,message\n");
        for n in 0..count {
            let message = if quoted { format!("\"a, {n}\"") } else { format!("a {n}") };
            let message = if n == 100 { "\"torn".to_owned() } else { message };
            text.push_str(&format!("2024-03-12T09:00:01Z,user{n},{message}\n"));
        }
        let read = log(text.as_bytes()).unwrap();
        assert_eq!((read.rows.len(), read.unread.total(), read.lost.too_long_count), (count - 1, 1, 0), "{quoted} {count}");
        assert!(read.rows[100].contains("user101"), "{}", read.rows[100]);
    }
    // Rows over several lines stay whole, in front of the torn one and behind it.
    let whole = "2024-03-12T09:00:01Z,mira,\"one\ntwo, three\"\n";
    let text = format!("time,user,message\n{whole}2024-03-12T09:00:01Z,jun,\"torn\n{whole}{whole}");
    let read = rows(&text, "csv", &["one\\ntwo", "one\\ntwo", "one\\ntwo"]);
    assert_eq!(read.unread.total(), 1);
    assert_eq!(read.unread.reasons().next().unwrap().samples[0].text, b"2024-03-12T09:00:01Z,jun,\"torn");
}

fn record(n: usize) -> String {
    format!(r#"{{"eventTime":"2024-03-12T09:00:01Z","eventSource":"a","eventName":"b{n}","userIdentity":{{"arn":"u"}}}}"#)
}

#[test]
fn a_torn_element_hides_itself_alone() {
    let brace = record(50).strip_suffix('}').unwrap().to_owned();
    let quote = record(50).replace("\"a\"", "\"a");
    let half = record(50)[..40].to_owned();
    for torn in [&brace, &quote, &half] {
        for (head, between, tail) in [
            ("[", ",\n", "]\n"),
            ("{\"Records\":[\n  ", ",\n  ", "\n]}\n"),
            ("[\n", ",\n", "\n]"),
            ("{\"Records\":[\n\t", ",\n\t", "]}"),
        ] {
            let all: Vec<String> = (0..101).map(|n| if n == 50 { torn.clone() } else { record(n) }).collect();
            let read = log(format!("{head}{}{tail}", all.join(between)).as_bytes()).unwrap();
            assert_eq!((read.rows.len(), read.unread.total()), (100, 1), "{torn} {head} {:?}", read.unread);
            assert!(read.rows[50].contains("b51"));
            assert_eq!(read.lost.unclosed, None, "{torn} {head}");
        }
    }
    // Over several lines each.
    let pretty = |n: usize| record(n).replace("{\"", "{\n \"").replace(",\"", ",\n \"");
    let all: Vec<String> = (0..11).map(|n| if n == 5 { pretty(n).replace("}}", "}") } else { pretty(n) }).collect();
    let read = log(format!("[\n{}\n]\n", all.join(",\n")).as_bytes()).unwrap();
    assert_eq!((read.rows.len(), read.unread.total(), read.lost.unclosed), (10, 1, None), "{:?}", read.unread);
}

#[test]
fn a_cut_array_says_that_it_is_cut() {
    let text = format!("[{},\n{},\n{}", record(0), record(1), &record(2)[..60]);
    let read = log(text.as_bytes()).unwrap();
    let why = read.unread.reasons().next().unwrap();
    assert_eq!((read.rows.len(), why.reason.label(), &why.samples[0].text[..6]), (2, "cut short", &b"{\"even"[..]));
    assert!(read.lost.unclosed.is_some());
}

/// Reading again what a torn record hides costs a fixed number of passes.
#[test]
fn torn_records_take_linear_time() {
    let line = "2024-03-12T09:00:01Z,mira,\"torn\n";
    let text = format!("time,user,message\n{}{}", "2024-03-12T09:00:01Z,mira,a\n".repeat(2000), line.repeat(60_000));
    let read = log(text.as_bytes()).unwrap();
    assert_eq!((read.rows.len(), read.unread.total()), (2000, 60_000));
    let torn = format!("{},\n", record(1).replace("}}", ""));
    let text = format!("[\n{}{}]", format!("{},\n", record(0)).repeat(700), torn.repeat(30_000));
    let read = log(text.as_bytes()).unwrap();
    assert_eq!(read.rows.len(), 700);
    assert!(read.unread.total() >= 29_990, "{}", read.unread.total());
}
