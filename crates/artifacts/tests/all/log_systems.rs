//! Syslog and the journal in further forms.

use crate::logs::rows;

#[test]
fn syslog_of_devices_and_containers() {
    // Source: Cisco, ASA syslog; Kubernetes, CRI logging; RFC 3164 section 5.4.
    let text = "<166>Mar 12 2024 09:00:01: %ASA-6-302013: Built inbound\n<165>Aug 24 05:34:00 CST 1987 mymachine myproc[10]: a\n";
    rows(
        text,
        "syslog",
        &[
            "2024-03-12T09:00:01Z & object=\"Built inbound\"",
            "1987-08-24T05:34:00Z/Second/Unknown & raw_time & \"host\":\"mymachine\"",
        ],
    );
    let text = "2024-03-12T09:00:01.123Z INFO  [main] com.example.App: started\n2024-03-12T09:00:01.5Z stderr F error x\n";
    rows(text, "syslog", &["!host & \"severity\":\"informational\"", "!host & object=\"error x\" & \"app\":\"stderr\""]);
    rows("Mar 2 09:00:01 web1 sshd[1]: a\n", "syslog", &["\"host\":\"web1\" & raw_time"]);
}

/// As rsyslog writes its forward formats into a file. Source: rsyslog, reserved template names.
#[test]
fn messages_without_line_ends() {
    let text = "<15>2021-03-06T04:07:33.194677+00:00 h t: one<14>2021-03-06T04:07:33.196352+00:00 h t: quotes <13>Mar  6 04:07:23 h<30>Mar  6 04:07:23 h t: three";
    rows(text, "syslog", &["object=\"one\"", "object=\"quotes <13>Mar  6 04:07:23 h\"", "object=\"three\""]);
}

/// A value that is no text is an array of bytes, a field that stands twice one of texts. Sources:
/// systemd.io, Journal Export Formats, JSON; RFC 7464 for json-seq.
#[test]
fn the_journal_as_json() {
    let lines = [
        r#"{"__REALTIME_TIMESTAMP":"1710234001000000","MESSAGE":[72,105,0,255],"_UID":["0","1"],"_PID":["7","8"]}"#,
        r#"{"__REALTIME_TIMESTAMP":"1710234001000000","MESSAGE":"b","_UID":"0","_HOSTNAME":"web1","_SYSTEMD_UNIT":"a.service","_EXE":"/usr/bin/a"}"#,
    ];
    let expected = [r#"actor="1" & object="Hi\x00\xff" & "pid":"8" & "duplicate_keys":true"#, r#"object="b" & !duplicate"#];
    for (head, tail) in [("", "\n"), ("\u{1e}", "\n"), ("data: ", "\n\n")] {
        let text: String = lines.iter().map(|l| format!("{head}{l}{tail}")).collect();
        assert_eq!(rows(&text, "journald", &expected).unread.total(), 0);
    }
}
