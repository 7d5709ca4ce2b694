use crate::chain::{CASE, entries, run};
use crate::mutations;
use ledger::{Checkpoint, SignatureLine};

fn note() -> Checkpoint {
    let signature = SignatureLine { name: "examiner".to_owned(), bytes: vec![9; 68] };
    Checkpoint { signatures: vec![signature], ..Checkpoint::unsigned(CASE, run(&entries(3)).head()) }
}

#[test]
fn a_note_comes_back() {
    for checkpoint in [note(), Checkpoint::unsigned(CASE, run(&entries(3)).head())] {
        let text = checkpoint.to_note();
        assert_eq!(Checkpoint::read(text.as_bytes()).unwrap(), checkpoint);
        assert!(text.starts_with(&checkpoint.signed_text()));
    }
}

#[test]
fn other_forms_are_refused() {
    let text = note().to_note();
    let lines: Vec<&str> = text.split('\n').collect();
    for (what, changed) in [
        ("the origin line", text.replace("casebook/", "other/")),
        ("the origin line", text.replace(CASE, &CASE.to_uppercase())),
        ("the size", text.replace("\n3\n", "\n03\n")),
        ("the size", text.replace("\n3\n", "\n+3\n")),
        ("the size", text.replace("\n3\n", "\n99999999999999999999\n")),
        ("the root", text.replace("=\n\n", "\n\n")),
        ("control characters", text.replace('\n', "\r\n")),
        ("not three lines", text.replace("\n\n", "\nextension\n\n")),
        ("not three lines", text.replace("\n3\n", "\n")),
        ("no empty line after the root", text.replace("\n\n", "\n")),
        ("no line end after the last line", text.trim_end().to_owned()),
        ("a signature line", text.replace("\u{2014} examiner", "- examiner")),
        ("a signature line", text.replace("examiner ", "exam iner ")),
        ("a signature line", text.replace("examiner", "exam+iner")),
        ("a signature line", format!("{text}\n")),
        ("too many signature lines", format!("{}{}", text, format!("{}\n", lines[4]).repeat(80))),
    ] {
        let refused = Checkpoint::read(changed.as_bytes()).unwrap_err();
        assert_eq!(refused.0, what, "{changed}");
    }
}

#[test]
fn a_mutated_note_is_another_or_none() {
    let good = note();
    for copy in mutations(good.to_note().as_bytes()) {
        if let Ok(other) = Checkpoint::read(&copy) {
            assert_ne!(other, good);
            assert_eq!(other.to_note().as_bytes(), copy);
        }
    }
}
