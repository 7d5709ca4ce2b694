//! A plain folder as evidence.

use super::common::{Record, content, sample, sha256};
use evidence::archive::{Limits, MemberKind, read_folder_member, walk_folder};
use model::Code;
use std::fs;

fn make(root: &std::path::Path) {
    fs::create_dir_all(root.join("logs/old")).unwrap();
    fs::create_dir(root.join("empty")).unwrap();
    fs::write(root.join("logs.txt"), b"beside the folder").unwrap();
    fs::write(root.join("logs/a.zip"), sample("plain.zip")).unwrap();
    fs::write(root.join("logs/old/two.log.gz"), sample("two.log.gz")).unwrap();
    fs::write(root.join("logs-2"), b"").unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/passwd", root.join("link")).unwrap();
        std::os::unix::fs::symlink("..", root.join("logs/up")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn members_in_byte_order_of_their_paths() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path());
    let mut record = Record::default();
    walk_folder(dir.path(), &Limits::default(), 0, &mut record).unwrap();
    let own: Vec<_> = record.given.iter().filter(|g| g.member.parent == 0).collect();
    let names: Vec<_> = own.iter().map(|g| g.name()).collect();
    assert_eq!(
        names,
        ["empty/", "link", "logs-2", "logs.txt", "logs/", "logs/a.zip", "logs/old/", "logs/old/two.log.gz", "logs/up", "socket"]
    );
    assert!(names.is_sorted());
    assert_eq!(record.named("link").sha256, sha256(b"/etc/passwd"));
    assert_eq!(record.kinds(MemberKind::Link)[..1], ["link"]);
    assert_eq!(record.named("two.log").sha256, content("AB"));
    assert_eq!(record.named("noise.bin").sha256, content("noise"));
    let socket = record.named("socket");
    assert_eq!((record.codes(socket.member.ordinal), socket.complete), (vec![Code::NotSupported], false));
    assert_eq!(record.notes.len(), 1);

    for g in &record.given {
        let again = read_folder_member(dir.path(), g.member.ordinal, 0, usize::MAX, &Limits::default()).unwrap();
        assert_eq!(sha256(&again), g.sha256, "{}", g.name());
        let mut rest = Record::default();
        walk_folder(dir.path(), &Limits::default(), g.member.ordinal, &mut rest).unwrap();
        assert_eq!(rest.given, record.given[g.member.ordinal as usize..]);
    }
}

#[test]
fn a_folder_that_is_not_there() {
    let mut record = Record::default();
    let dir = tempfile::tempdir().unwrap();
    walk_folder(&dir.path().join("gone"), &Limits::default(), 0, &mut record).unwrap();
    assert_eq!(record.codes(0), [Code::Unreadable]);
}
