//! Evidence by others with known answers, where it is at hand: `$CASEBOOK_EVIDENCE`, else
//! `shared/evidence` beside the workspace.

use crate::formats::best;
use crate::rows::Rows;
use artifacts::log::{LineParser, Profile, Profiles, Unread, detect};
use artifacts::{Claim, Facts, Input, PARSERS};
use model::{Batch, MemorySource, Table};
use std::path::PathBuf;

fn evidence() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/evidence"));
    let folder = std::env::var_os("CASEBOOK_EVIDENCE").map_or(beside, PathBuf::from);
    let there = folder.is_dir();
    if !there {
        println!("skipped: external evidence not found");
    }
    there.then_some(folder)
}

/// A file's bytes; one ending in `.xz` is decompressed.
fn read(name: &str) -> Option<Vec<u8>> {
    let raw = std::fs::read(evidence()?.join(name)).unwrap();
    if !name.ends_with(".xz") {
        return Some(raw);
    }
    let mut out = Vec::new();
    let mut reader = lzma_rust2::XzReader::new(raw.as_slice(), true);
    std::io::Read::read_to_end(&mut reader, &mut out).unwrap();
    Some(out)
}

fn facts<'a>(name: &'a str, bytes: &'a [u8]) -> Facts<'a> {
    let head = &bytes[..bytes.len().min(65_536)];
    Facts { path: name.as_bytes(), stream: b"", size: bytes.len() as u64, head, file_system: None }
}

/// Rows by the parser that claims the file.
fn parse(name: &str, bytes: &[u8]) -> (&'static str, Rows) {
    let facts = facts(name, bytes);
    let parser = PARSERS.iter().find(|p| (p.claims)(&facts) == Claim::Yes).unwrap_or_else(|| panic!("{name} is not claimed"));
    let mut rows = Rows::default();
    let data = MemorySource(bytes.to_vec());
    let companions = vec![None; parser.companions.len()];
    (parser.parse)(&Input { facts, data: &data, companions: &companions }, &mut rows).unwrap();
    (parser.name, rows)
}

#[test]
fn recycle_bin() {
    // Values by plaso's tests.
    for (name, path, time, size) in [
        ("$I103S5F.jpg", r"C:\\Users\\random\\Downloads\\bunnies.jpg", "2016-06-29T21:37:45.618Z", 222_255),
        ("$II3DF3L.zip", r"C:\\Users\\nfury\\Documents\\Alloy Research\\StarFury.zip", "2012-03-12T20:49:58.633Z", 724_919),
    ] {
        let Some(bytes) = read(&format!("recycle-bin/{name}")) else { return };
        let (parser, rows) = parse(name, &bytes);
        assert_eq!((parser, rows.events.len()), ("recycle_bin", 1));
        let row = &rows.events[0];
        for part in [format!("object=\"{path}\""), format!(" {time}/"), format!("\"size\":{size}")] {
            assert!(row.contains(&part), "{row}: {part}");
        }
    }
}

#[test]
fn change_journal() {
    let Some(bytes) = read("ntfs-metadata/UsnJrnl.raw") else { return };
    let (parser, rows) = parse("UsnJrnl.raw", &bytes);
    assert_eq!((parser, rows.events.len(), rows.findings.len()), ("usn_journal", 19, 0));
    assert!(rows.events[0].starts_with("created journal 2015-11-30T21:15:27.203125Z/"), "{}", rows.events[0]);
}

#[test]
fn master_file_table() {
    let Some(bytes) = read("ntfs-metadata/MFT.xz") else { return };
    let (parser, rows) = parse("MFT", &bytes);
    assert_eq!(parser, "mft");
    let mut records = std::collections::BTreeMap::new();
    for row in &rows.events {
        let record = row.split("\"record\":").nth(1).unwrap().split(',').next().unwrap();
        let live = row.contains(" live ");
        assert_eq!(*records.entry(record.to_owned()).or_insert(live), live);
    }
    println!("{} rows, {} records, findings {:?}", rows.events.len(), records.len(), rows.findings);
    // 13068 records, 11839 in use; those that continue another give no row of their own.
    let whole = bytes.chunks(1024).filter(|r| r.starts_with(b"FILE"));
    let own: Vec<bool> = whole.filter(|r| r[32..40] == [0; 8]).map(|r| r[22] & 1 != 0).collect();
    assert_eq!(records.len(), own.len());
    assert_eq!(records.values().filter(|l| **l).count(), own.iter().filter(|l| **l).count());
}

#[test]
fn single_records() {
    for (name, part) in [
        ("entry_single_file", "object=\"$Orphans/test_cfuncs.py\""),
        ("entry_102130_fixup_issue", "finding checksum-mismatch x1"),
        ("entry_data_run_at_offset", "finding missing-companion x1"),
        ("entry_multiple_index_root_entries", "\"record\":"),
        ("entry_long_name_and_res_ads_002", "\"record\":"),
    ] {
        let Some(bytes) = read(&format!("ntfs-metadata/{name}")) else { return };
        let (parser, rows) = parse(name, &bytes);
        assert_eq!(parser, "mft", "{name}");
        assert!(rows.text().contains(part), "{name}: {}", rows.text());
    }
}

#[test]
fn logs_of_others() {
    let Some(folder) = evidence() else { return };
    let profiles = Profiles::builtin();
    let mut wrong = Vec::new();
    for (name, profile, rows, unread) in KNOWN {
        let bytes = read(name).unwrap();
        let Some(found) = best(name, &bytes, &profiles) else {
            wrong.push(format!("{name}: of no profile"));
            continue;
        };
        let known = &profiles.all()[found.profile];
        let (batch, lost, _) = crate::formats::read(known, &found, &bytes, 65_536);
        let got = (known.name(), u64::from(batch.rows), lost.total());
        if got != (profile, rows, unread) {
            let why: Vec<String> = lost
                .reasons()
                .flat_map(|r| r.samples.iter().map(|s| format!("{}: {}", r.reason, String::from_utf8_lossy(&s.text))))
                .collect();
            wrong.push(format!("{name}: {got:?}, expected {profile} {rows} {unread}; {why:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{} in {}: {}", wrong.len(), folder.display(), wrong.join("\n"));
}

#[test]
fn files_that_are_no_request_logs() {
    let Some(folder) = evidence() else { return };
    let builtin = Profiles::builtin();
    let all: Vec<&Profile> = builtin.all().iter().collect();
    for name in [
        "MANIFEST.md",
        "logs/web/vsftpd.log",
        "linux/apt_history.log",
        "logs/other/powershell_transcript.txt",
        "recycle-bin/INFO2",
    ] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        assert_eq!(detect(&facts(name, &bytes), &all), None, "{name}");
    }
}

#[test]
fn hostile_logs() {
    for (name, rows) in [("hostile-synthetic/access-hostile.log.xz", 9), ("hostile-synthetic/deep.jsonl.xz", 0)] {
        let Some(bytes) = read(name) else { return };
        let lines = bytes.split(|b| *b == b'\n').count() - usize::from(bytes.ends_with(b"\n"));
        let builtin = Profiles::builtin();
        for profile in builtin.all() {
            let mut batch = Batch::new(Table::Event);
            let mut unread = Unread::default();
            LineParser::new(profile).block(0, 0, &bytes, &mut batch, &mut unread);
            assert_eq!(u64::from(batch.rows) + unread.total() + unread.blank, lines as u64, "{name} {}", profile.name());
            let of_lines = if profile.name() == "combined" || profile.name() == "json_lines" { rows } else { batch.rows };
            if name.contains("access") == (profile.name() == "combined") {
                assert_eq!(batch.rows, of_lines, "{name} {}", profile.name());
            }
        }
    }
}

/// Path, profile, rows, unread records. Rows are those that the file's own project counts, where
/// it does, and else the lines or elements of the file; what differs is said beside it.
const KNOWN: [(&str, &str, u64, u64); 58] = [
    ("logs/web/apache_access.log", "combined", 14, 1),
    ("logs/web/nginx_access.log", "combined", 13, 0),
    ("logs/web/logfile_access_log.0", "combined", 3, 0),
    ("logs/web/logfile_access_log.1", "combined", 1, 0),
    ("logs/web/logfile_bad_access_log.0", "combined", 2, 1),
    ("logs/web/logfile_shop_access_log.0.xz", "nginx", 1000, 0),
    ("logs/web/logfile_cloudflare.json", "json_lines", 1, 0),
    ("logs/web/iis6.log", "iis_w3c", 12, 0),
    ("logs/web/iis10.log", "iis_w3c", 1, 0),
    ("logs/web/iis10_edge_cases.log", "iis_w3c", 15, 0),
    ("logs/web/iis7_owa.log", "iis_w3c", 3, 0),
    ("logs/web/iis_without_date.log", "iis_w3c", 11, 0),
    ("logs/web/logfile_w3c.0", "iis_w3c", 1, 0),
    // Lines of three kinds of load balancers in one file: ten are of an ALB.
    ("logs/web/aws_elb_access.log", "aws_alb", 10, 6),
    // Three lines say that a proxy was started, one that a handshake failed.
    ("logs/web/logfile_haproxy.0", "haproxy", 13, 4),
    ("logs/syslog/syslog", "syslog", 17, 0),
    ("logs/syslog/syslog_chromeos", "syslog", 8, 0),
    ("logs/syslog/syslog_cron.log", "syslog", 9, 0),
    ("logs/syslog/syslog_osx", "syslog", 2, 0),
    ("logs/syslog/syslog_rsyslog", "syslog", 5, 0),
    ("logs/syslog/syslog_rsyslog_SysklogdFileFormat", "syslog", 9, 1),
    ("logs/syslog/syslog_rsyslog_SyslogProtocol23Format", "syslog", 9, 1),
    // Messages without line ends, of which one holds a line end.
    ("logs/syslog/syslog_rsyslog_ForwardFormat", "syslog", 9, 1),
    ("logs/syslog/syslog_rsyslog_TraditionalForwardFormat", "syslog", 9, 1),
    ("logs/syslog/syslog_rsyslog_traditional", "syslog", 8, 1),
    ("logs/syslog/syslog_ssh.log", "syslog", 9, 0),
    ("logs/syslog/logfile_syslog.0", "syslog", 4, 0),
    ("logs/syslog/logfile_syslog.1", "syslog", 4, 0),
    ("logs/syslog/logfile_bad_syslog.0", "syslog", 4, 0),
    ("logs/syslog/logfile_syslog_with_mixed_times.0", "syslog", 13, 0),
    ("logs/other/logfile_journald.json", "journald", 2, 0),
    ("logs/other/logfile_bunyan.0", "json_events", 10, 0),
    ("logs/other/logfile_json.json", "json_events", 13, 0),
    ("logs/other/windows_firewall.log", "windows_firewall", 15, 0),
    ("cloud/aws_cloudtrail.jsonl", "aws_cloudtrail", 6, 0),
    ("cloud/azure_activity_log.jsonl", "azure_activity", 4, 0),
    ("cloud/azure_application_gateway_access.json", "azure_gateway", 2, 0),
    ("cloud/gcp_logging.jsonl", "gcp_audit", 9, 0),
    ("cloud/microsoft_audit_log.jsonl", "m365_audit", 4, 0),
    ("cloud/okta_synthetic.jsonl", "okta_system_log", 6, 0),
    ("cloud/stratus/aws.credential-access.ec2-get-password-data.json", "aws_cloudtrail", 34, 0),
    ("cloud/stratus/aws.credential-access.secretsmanager-batch-retrieve-secrets.json", "aws_cloudtrail", 5, 0),
    ("cloud/stratus/aws.credential-access.ssm-retrieve-securestring-parameters.json", "aws_cloudtrail", 10, 0),
    ("cloud/stratus/aws.defense-evasion.cloudtrail-event-selectors.json", "aws_cloudtrail", 1, 0),
    ("cloud/stratus/aws.defense-evasion.dns-delete-logs.json", "aws_cloudtrail", 1, 0),
    ("cloud/stratus/aws.defense-evasion.vpc-remove-flow-logs.json", "aws_cloudtrail", 1, 0),
    ("cloud/stratus/aws.execution.ec2-launch-unusual-instances.json", "aws_cloudtrail", 3, 0),
    ("cloud/stratus/aws.execution.ssm-send-command.json", "aws_cloudtrail", 56, 0),
    ("cloud/stratus/aws.exfiltration.ec2-security-group-open-port-22-ingress.json", "aws_cloudtrail", 1, 0),
    ("cloud/stratus/aws.exfiltration.ec2-share-ebs-snapshot.json", "aws_cloudtrail", 1, 0),
    ("cloud/stratus/aws.impact.bedrock-invoke-model.json", "aws_cloudtrail", 15, 0),
    ("cloud/stratus/aws.lateral-movement.ec2-instance-connect.json", "aws_cloudtrail", 3, 0),
    ("cloud/stratus/aws.persistence.iam-backdoor-role.json", "aws_cloudtrail", 1, 0),
    ("cloud/stratus/aws.persistence.iam-create-admin-user.json", "aws_cloudtrail", 3, 0),
    ("cloud/stratus/aws.persistence.iam-create-user-login-profile.json", "aws_cloudtrail", 3, 0),
    ("cloud/stratus/aws.persistence.lambda-layer-extension.json", "aws_cloudtrail", 1, 0),
    ("cloud/stratus/aws.persistence.rolesanywhere-create-trust-anchor.json", "aws_cloudtrail", 2, 0),
    ("cloud/stratus/aws.privilege-escalation.iam-update-user-login-profile.json", "aws_cloudtrail", 1, 0),
];

/// Event logs: records by libevtx (evtxinfo) and by the tests of the projects the files are from.
const EVENT_LOGS: [(&str, usize, usize); 21] = [
    ("System.evtx.xz", 1601, 0),
    // The file ends within its third chunk, of which libevtx reads nothing: 194 records.
    ("System2.evtx", 283, 0),
    ("security.evtx.xz", 2261, 0),
    ("system.evtx.xz", 1881, 0),
    ("sysmon.evtx.xz", 358, 0),
    ("new-user-security.evtx", 4, 0),
    ("MSExchange_Management_wec.evtx", 1, 0),
    ("Security_short_selected.evtx", 7, 0),
    ("security_bad_string_cache.evtx.xz", 2261, 0),
    ("sample-with-irregular-bool-values.evtx.xz", 3028, 0),
    // Records in a damaged chunk keep their time and number: 1910 elsewhere, and 1774 in the next.
    ("2-vss_0-Microsoft-Windows-RemoteDesktopServices-RdpCoreTS%4Operational.evtx.xz", 1912, 2),
    ("2-vss_0-Microsoft-Windows-TerminalServices-RemoteConnectionManager%4Operational.evtx.xz", 1775, 1),
    ("2-vss_7-System.evtx.xz", 1160, 0),
    ("sample_with_a_bad_chunk_magic.evtx.xz", 270, 0),
    ("Microsoft-Windows-HelloForBusiness%4Operational.evtx", 6, 0),
    ("Microsoft-Windows-LanguagePackSetup%4Operational.evtx", 17, 0),
    ("E_Windows_system32_winevt_logs_Microsoft-Windows-Shell-Core%4Operational.evtx.xz", 1146, 0),
    ("E_ShadowCopy6_windows_system32_winevt_logs_Microsoft-Windows-CAPI2%4Operational.evtx.xz", 459, 0),
    ("Application_no_crc32.evtx", 17, 0),
    ("post-Security.evtx.xz", 126, 0),
    // 336 with a record of no bytes, which is a finding here.
    ("sample-with-zero-data-size-event.evtx.xz", 335, 0),
];

#[test]
fn event_logs_of_others() {
    if evidence().is_none() {
        return;
    }
    let mut wrong = Vec::new();
    for (name, records, unread) in EVENT_LOGS {
        let bytes = read(&format!("evtx/{name}")).unwrap();
        let (parser, rows) = parse(name, &bytes);
        assert_eq!(parser, "windows_event_log");
        let without_values = rows.events.iter().filter(|e| e.contains("values_unread")).count();
        if (rows.events.len(), without_values) != (records, unread) {
            wrong.push(format!(
                "{name}: {} rows, {without_values} without values, expected {records} and {unread}; {:?}",
                rows.events.len(),
                rows.findings
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
