use crate::Test;
use crate::sample::{LINES, disk_bytes, fails_at, failures, run, sample, truth};
use case::verify::{Options, Verdict};
use rusqlite::Connection;

pub const TESTS: &[Test] = &[
    ("verify::an_untouched_case_is_consistent", an_untouched_case_is_consistent),
    ("verify::the_sample_is_what_another_tool_says", the_sample_is_what_another_tool_says),
    ("verify::a_kept_checkpoint_makes_it_verified", a_kept_checkpoint_makes_it_verified),
    ("verify::the_file_stays_as_it_is", the_file_stays_as_it_is),
    ("verify::the_evidence_is_read_again", the_evidence_is_read_again),
    ("verify::changed_evidence_is_placed", changed_evidence_is_placed),
    ("verify::a_changed_folder_names_its_members", a_changed_folder_names_its_members),
    ("verify::an_open_import_is_under_no_root", an_open_import_is_under_no_root),
    ("verify::the_format_lists_every_code", the_format_lists_every_code),
    ("verify::it_can_be_stopped", it_can_be_stopped),
];

fn an_untouched_case_is_consistent() {
    for threads in [1, 3] {
        let report = run(&sample().case, &Options { threads: Some(threads), ..Default::default() });
        assert_eq!(failures(&report), Vec::<&case::verify::Check>::new());
        assert_eq!(report.verdict, Verdict::Consistent);
        assert_eq!(report.sentence(), "consistent, not anchored");
        for name in [
            "schema",
            "database",
            "entries",
            "checkpoints",
            "memory",
            "imports",
            "statements",
            "words",
            "rows",
            "postings",
            "blocks",
        ] {
            assert!(report.checks.iter().any(|c| c.name == name && c.ok == Some(true)), "{name} was checked");
        }
        let skipped: Vec<_> = report.checks.iter().filter(|c| c.ok.is_none()).map(|c| c.name).collect();
        let mut names = skipped.clone();
        names.dedup();
        assert_eq!(names, ["signatures", "anchor", "evidence"]);
        assert!(report.checks.iter().take(skipped.len()).all(|c| c.ok.is_none()), "what was not covered stands first");
        let text = format!("{:?}", report.checks);
        assert!(!text.contains("tamper-proof") && !text.contains("proved"));
    }
}

fn the_sample_is_what_another_tool_says() {
    let db = Connection::open(&sample().case).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap();
    assert_eq!(truth("log_lines"), [LINES.to_string()]);
    assert_eq!(
        count("SELECT count(*) FROM event WHERE id >> 40 = 1 AND shape IN (SELECT id FROM shape WHERE action = 20)"),
        LINES
    );
    assert_eq!(
        count("SELECT count(*) FROM event WHERE id >> 40 = 2 AND shape IN (SELECT id FROM shape WHERE action = 20)"),
        LINES
    );
    let sha: Vec<u8> = db.query_row("SELECT sha256 FROM source WHERE id = 1 << 40", [], |r| r.get(0)).unwrap();
    assert_eq!([hex::encode(sha)].to_vec(), truth("sha256"));
    let sha: Vec<u8> = db.query_row("SELECT sha256 FROM source WHERE id = 2 << 40", [], |r| r.get(0)).unwrap();
    assert_eq!([hex::encode(sha)].to_vec(), truth("log_sha256"));
}

fn a_kept_checkpoint_makes_it_verified() {
    let anchored = |anchor: &[u8]| run(&sample().case, &Options { anchor: Some(anchor.to_vec()), ..Default::default() });
    let report = anchored(&sample().note);
    assert!(matches!(report.verdict, Verdict::Verified { anchor } if anchor == report.head));
    assert!(report.sentence().starts_with("verified against checkpoint of 5 entries, root "));
    let root = hex::encode(report.head.root);
    let printed = format!("5 {}\n", root.as_bytes().chunks(8).map(|c| String::from_utf8_lossy(c)).collect::<Vec<_>>().join(" "));
    assert!(matches!(anchored(printed.as_bytes()).verdict, Verdict::Verified { .. }), "a printed root in groups");
    let other = format!("{}{}", if root.starts_with('0') { '1' } else { '0' }, &root[1..]);
    assert!(fails_at(&anchored(format!("5 {other}").as_bytes()), "anchor", "checkpoint of 5 entries"));
    assert!(fails_at(&anchored(format!("6 {root}").as_bytes()), "anchor", "checkpoint of 6 entries"));
    assert!(fails_at(&anchored(b"nothing of the kind"), "anchor", "the checkpoint given"));
    assert!(fails_at(&anchored(&sample().note[..40]), "anchor", "the checkpoint given"));
}

fn the_file_stays_as_it_is() {
    let listing = || {
        let mut names: Vec<_> = std::fs::read_dir(sample().folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let (bytes, names) = (std::fs::read(&sample().case).unwrap(), listing());
    let meta = std::fs::metadata(&sample().case).unwrap().modified().unwrap();
    run(&sample().case, &Options { evidence: vec![sample().disk.clone()], ..Default::default() });
    assert!(std::fs::read(&sample().case).unwrap() == bytes);
    assert_eq!(std::fs::metadata(&sample().case).unwrap().modified().unwrap(), meta);
    assert_eq!(listing(), names, "nothing was left beside it");
}

fn the_evidence_is_read_again() {
    let report =
        run(&sample().case, &Options { evidence: vec![sample().disk.clone(), sample().log.clone()], ..Default::default() });
    assert_eq!(failures(&report), Vec::<&case::verify::Check>::new());
    assert_eq!(report.checks.iter().filter(|c| c.name == "evidence" && c.ok == Some(true)).count(), 2);
    let folder = tempfile::tempdir().unwrap();
    let moved = folder.path().join("renamed.bin");
    std::fs::copy(&sample().disk, &moved).unwrap();
    let report = run(&sample().case, &Options { evidence: vec![moved], ..Default::default() });
    assert_eq!(failures(&report), Vec::<&case::verify::Check>::new(), "evidence is known by its digest, not its name");
}

fn changed_evidence_is_placed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.raw");
    let check = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        run(&sample().case, &Options { evidence: vec![path.clone()], ..Default::default() })
    };
    let mut disk = disk_bytes();
    disk[3_000_000] ^= 1;
    let report = check(&disk);
    assert!(fails_at(&report, "evidence", "disk.raw, bytes 2097152 to 3145727"), "{:?}", failures(&report));
    assert_eq!(failures(&report).len(), 1);
    disk[3_000_000] ^= 1;
    let mut swapped = disk.clone();
    let (low, high) = swapped.split_at_mut(4096 * 300);
    low[4096 * 20..4096 * 21].swap_with_slice(&mut high[..4096]);
    let report = check(&swapped);
    assert!(fails_at(&report, "evidence", "bytes 0 to 2097151"), "a block under another index: {:?}", failures(&report));
    disk.truncate(4_000_000);
    let report = check(&disk);
    assert!(fails_at(&report, "evidence", "disk.raw") && fails_at(&report, "evidence", "bytes 3145728 to 4194303"));
    let report = check(b"something else");
    assert!(fails_at(&report, "evidence", "disk.raw, bytes 0 to 4194303"), "{:?}", failures(&report));
    let other = folder.path().join("unknown.txt");
    std::fs::write(&other, "nothing that was imported").unwrap();
    let report = run(&sample().case, &Options { evidence: vec![other], ..Default::default() });
    assert!(fails_at(&report, "evidence", "unknown.txt"));
}

fn a_changed_folder_names_its_members() {
    let folder = tempfile::tempdir().unwrap();
    let (logs, path) = (folder.path().join("logs"), folder.path().join("folder.casebook"));
    std::fs::create_dir_all(logs.join("deep")).unwrap();
    std::fs::copy(&sample().log, logs.join("gateway.log")).unwrap();
    std::fs::write(logs.join("deep/notes.txt"), "nothing of note\n").unwrap();
    std::fs::write(logs.join("gone.txt"), "here for now\n").unwrap();
    case::create(&path, None, None).unwrap();
    case::import::add(&path, std::slice::from_ref(&logs), &Default::default(), &mut |_| true).unwrap();
    let check = || run(&path, &Options { evidence: vec![logs.clone()], ..Default::default() });
    assert_eq!(failures(&check()), Vec::<&case::verify::Check>::new());
    std::fs::write(logs.join("deep/notes.txt"), "Nothing of note\n").unwrap();
    let report = check();
    assert!(fails_at(&report, "evidence", "logs, member deep/notes.txt"), "{:?}", failures(&report));
    assert_eq!(failures(&report).len(), 1);
    std::fs::remove_file(logs.join("gone.txt")).unwrap();
    assert!(fails_at(&check(), "evidence", "logs, member gone.txt"));
    std::fs::remove_file(logs.join("deep/notes.txt")).unwrap();
    std::fs::write(logs.join("deep/notes.txt"), "nothing of note\n").unwrap();
    std::fs::write(logs.join("gone.txt"), "here for now\n").unwrap();
    std::fs::write(logs.join("added.txt"), "was not there\n").unwrap();
    assert!(fails_at(&check(), "evidence", "logs"), "an added file");
}

fn an_open_import_is_under_no_root() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("open.casebook");
    case::create(&path, None, None).unwrap();
    let mut told = 0;
    let stopped = case::import::add(&path, &[sample().log.clone()], &Default::default(), &mut |_| {
        told += 1;
        told < 2
    });
    if stopped.is_ok() {
        // The import was done before it could be stopped.
        return;
    }
    let report = run(&path, &Options::default());
    assert!(report.ok(), "{:?}", failures(&report));
    assert!(report.checks.iter().any(|c| c.name == "rows" && c.ok.is_none() && c.says.contains("not sealed")));
}

fn the_format_lists_every_code() {
    let path = format!("{}/../../docs/format.md", env!("CARGO_MANIFEST_DIR"));
    let format = std::fs::read_to_string(path).unwrap();
    let line = |name: &str| format.lines().find(|l| l.starts_with(&format!("| {name} |"))).unwrap().to_owned() + ",";
    fn list<T: Copy>(all: &[T], code: impl Fn(T) -> u64, label: impl Fn(T) -> &'static str) -> Vec<String> {
        all.iter().map(|v| format!("{} {}", code(*v), label(*v))).collect()
    }
    use model::{Action, ContentState, EntryKind, NameState, RecordState, Severity, SourceKind, State};
    for (name, codes) in [
        ("action", list(Action::ALL, |a| a.code().into(), Action::label)),
        ("state", list(State::ALL, |a| a.code().into(), State::label)),
        ("file kind", list(EntryKind::ALL, |a| a.code().into(), EntryKind::label)),
        ("name state", list(NameState::ALL, |a| a.code().into(), NameState::label)),
        ("record state", list(RecordState::ALL, |a| a.code().into(), RecordState::label)),
        ("content state", list(ContentState::ALL, |a| a.code().into(), ContentState::label)),
        ("severity", list(Severity::ALL, |a| a.code().into(), Severity::label)),
        ("source kind", list(SourceKind::ALL, |a| a.code().into(), SourceKind::label)),
    ] {
        let line = line(name);
        for code in codes {
            assert!(
                line.contains(&format!(" {code},")) || line.contains(&format!(" {code} |")),
                "docs/format.md lacks {name} {code}"
            );
        }
    }
}

fn it_can_be_stopped() {
    let stopped = case::verify::verify(&sample().case, &Options::default(), &mut |p| p.phase != "rows");
    assert!(matches!(stopped, Err(case::CaseError::Cancelled)));
}
