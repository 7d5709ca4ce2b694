//! Evidence by others against the answers their projects and other tools give. See samples/external.

use crate::support::{Bench, evidence_by_others, original, sha256, text};
use std::collections::BTreeMap;

/// Files of the made-up disk whose content is known to be partly in use again: other tools lose them too.
const PARTLY_OVERWRITTEN: [(&str, &str); 1] = [("ntfs", "Users/alice/Documents/deleted-report.xlsx")];

#[test]
fn a_disk_with_four_file_systems_gives_its_files_back() {
    let Some(collection) = evidence_by_others() else { return };
    let answers = std::fs::read_to_string(collection.join("images-synthetic/ANSWERS.tsv")).expect("the answers");
    let bench = Bench::new();
    let image = original(&bench, "images-synthetic/syn-gpt.E01").expect("the disk");
    bench.add(&[&image]);
    let info = bench.info();
    assert_eq!(info["sources"][0]["md5"], info["sources"][0]["stored"]["md5"]);
    let volumes: BTreeMap<String, i64> = info["sources"][0]["volumes"]
        .as_array()
        .expect("volumes")
        .iter()
        .filter_map(|v| Some((v["file_system"].as_str()?.to_lowercase(), v["volume"].as_i64()?)))
        .collect();
    let files = bench.files(&["--where", "kind = file"]);
    let (mut good, mut wrong) = (0, Vec::new());
    for line in answers.lines() {
        let [system, state, path, size, digest] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("five columns: {line}")
        };
        // XFS and Btrfs are on other disks of that collection.
        let Some(volume) = volumes.get(system) else { continue };
        // A deleted folder may have lost its parent: only the name of the file itself must be right.
        let name = path.rsplit('/').next().expect("a name");
        let found = files.iter().find(|f| {
            f["volume"] == *volume && f["size"].as_u64() == size.parse().ok() && text(f, "path").rsplit('/').next() == Some(name)
        });
        let Some(found) = found else {
            wrong.push(format!("{system} {path}: not listed"));
            continue;
        };
        let is_live = text(found, "name_state") == "allocated";
        if is_live != (state == "live") {
            wrong.push(format!("{system} {path}: {state}, but {}", text(found, "name_state")));
        }
        if PARTLY_OVERWRITTEN.contains(&(system, path)) {
            assert_eq!(text(found, "content_state"), "partly overwritten", "{path}");
            continue;
        }
        let bytes = bench.cat(1, text(found, "path"), &["--volume", &volume.to_string()]);
        if sha256(&bytes) == digest {
            good += 1;
        } else {
            wrong.push(format!("{system} {path}: {} bytes of another content, {found}", bytes.len()));
        }
    }
    assert!(wrong.is_empty(), "{good} good; {wrong:#?}");
    assert_eq!(good, 35, "four file systems, five live and four deleted files each, one partly overwritten");
}

#[test]
fn the_hashes_that_images_store_are_those_of_their_media() {
    let images = [
        // Path, MD5 of the media by ewfinfo or the project, its bytes.
        ("images/containers/image.E01", "d73c51f10c7ee6a681b7b619ccc6f1c4", 102_400),
        ("images/containers/multiseg_v1.E01", "2692f3177a389e58906b5c9080aa1add", 10_485_760),
        ("images/fat-exfat/exfat1.E01", "0777ee90c27ed5ff5868af2015bed635", 100_020_736),
        ("images/fat-exfat/nps-2010-emails.E01", "7dae50cec8163697415e69fd72387c01", 10_485_760),
        ("images/ntfs/ntfs_sample.E01", "e4e9578a9c8bf6c6b375a80c630196a4", 7_340_032),
    ];
    let bench = Bench::new();
    for (n, (path, md5, bytes)) in images.into_iter().enumerate() {
        let Some(image) = original(&bench, path) else { return };
        bench.add(&[&image]);
        let info = bench.info();
        let source = &info["sources"][n];
        assert_eq!(text(source, "md5"), md5, "{path}");
        assert_eq!(text(&source["stored"], "md5"), md5, "{path}");
        assert_eq!(source["bytes"], bytes, "{path}");
    }
    bench.on("verify", &[]).good();
}

#[test]
fn a_file_of_a_known_record_has_its_size() {
    let bench = Bench::new();
    let Some(image) = original(&bench, "images/ntfs/ntfs_sample.E01") else { return };
    bench.add(&[&image]);
    let file = bench.files(&["--where", "record = 37"]);
    assert_eq!(file[0]["size"], 408);
    assert_eq!(text(&file[0], "path").rsplit('/').next(), Some("file1.txt"));
    assert_eq!(bench.on("cat", &["--source", "1", "--record", "37"]).good().out.len(), 408);
}

#[test]
fn small_volumes_list_what_their_project_asserts() {
    let bench = Bench::new();
    for (n, path) in ["images/ext/ext2.raw", "images/ext/ext4.raw", "images/fat-exfat/fat12.raw", "images/ntfs/ntfs.raw"]
        .into_iter()
        .enumerate()
    {
        let Some(image) = original(&bench, path) else { return };
        bench.add(&[&image]);
        let source = (n + 1).to_string();
        let rows = bench.files(&["--where", &format!("source = {source}"), "--where", "name_state = allocated"]);
        let paths: Vec<&str> = rows.iter().map(|r| text(r, "path")).collect();
        for wanted in ["passwords.txt", "a_directory", "a_directory/a_file", "a_directory/another_file"] {
            assert!(paths.contains(&wanted), "{path}: {wanted} is not in {paths:?}");
        }
    }
}

#[test]
fn artefacts_and_logs_give_as_many_events_as_others_count() {
    let cases = [
        ("ntfs-metadata/UsnJrnl.raw", 19, "usn_journal"),
        ("recycle-bin/$I103S5F.jpg", 1, "recycle_bin"),
        ("recycle-bin/$II3DF3L.zip", 1, "recycle_bin"),
        ("logs/web/apache_access.log", 14, "web_access_log"),
        ("logs/web/nginx_access.log", 13, "web_access_log"),
        ("logs/web/logfile_access_log.0", 3, "web_access_log"),
        ("logs/web/iis6.log", 12, "delimited_log"),
        ("logs/other/logfile_journald.json", 2, "json_lines_log"),
        ("logs/syslog/syslog_ssh.log", 9, "text_log"),
        ("cloud/aws_cloudtrail.jsonl", 6, "json_lines_log"),
        ("cloud/stratus/aws.execution.ssm-send-command.json", 56, "json_lines_log"),
        ("cloud/gcp_logging.jsonl", 9, "json_lines_log"),
        ("evtx/System.evtx", 1601, "windows_event_log"),
        ("evtx/post-Security.evtx", 126, "windows_event_log"),
    ];
    for (path, events, parser) in cases {
        let bench = Bench::new();
        let Some(file) = original(&bench, path) else { return };
        assert_eq!(bench.add(&[&file])["events"], events, "{path}");
        assert!(bench.view("timeline", &[]).iter().all(|r| text(r, "parser") == parser), "{path}");
    }
}

#[test]
fn recycle_bin_records_say_what_was_deleted_and_when() {
    let cases = [
        ("recycle-bin/$I103S5F.jpg", "C:\\Users\\random\\Downloads\\bunnies.jpg", "2016-06-29T21:37:45.618", 222_255),
        (
            "recycle-bin/$II3DF3L.zip",
            "C:\\Users\\nfury\\Documents\\Alloy Research\\StarFury.zip",
            "2012-03-12T20:49:58.633",
            724_919,
        ),
    ];
    for (path, what, at, size) in cases {
        let bench = Bench::new();
        let Some(file) = original(&bench, path) else { return };
        bench.add(&[&file]);
        let row = &bench.view("deleted", &[])[0];
        assert_eq!(text(row, "what"), what);
        assert!(text(row, "latest").starts_with(at), "{row}");
        assert_eq!(row["size"], size);
    }
}

#[test]
fn a_container_that_is_not_read_says_so() {
    let bench = Bench::new();
    let Some(image) = original(&bench, "images/ntfs/usnjrnl.qcow2") else { return };
    bench.add(&[&image]);
    let findings = bench.view("findings", &[]);
    assert!(
        findings.iter().any(|f| text(f, "code") == "not-supported" && text(f, "found").to_lowercase().contains("qcow")),
        "{findings:?}"
    );
}
