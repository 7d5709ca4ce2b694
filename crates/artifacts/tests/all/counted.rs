//! Syslog by octet counting: messages over several lines, wrong counts, frames that are cut.

use crate::conformance::Seed;
use crate::formats::{best, read};
use artifacts::log::{Framing, Profile, Profiles};
use model::{Batch, EventHeader};

const MESSAGES: [&str; 4] = [
    "<165>1 2025-06-24T07:20:34.003Z web-1 app 12 ID47 [a@1 b=\"c\"] Traceback:\n  File \"x.py\"\n  5 <3> is text",
    "<34>1 2025-06-24T07:20:35Z web-1 su - - - 'su root' failed",
    "<13>Jun 24 07:20:36 web-1 cron[7]: job done",
    "<13>1 2025-06-24T07:20:37Z web-1 app - - - \u{ac00}\n",
];

fn frame(message: &str) -> String {
    format!("{} {message}", message.len())
}

fn spans(batch: &Batch) -> Vec<(u64, u64)> {
    let headers = batch.iter().map(|row| EventHeader::decode(row.unwrap().header).unwrap());
    headers.map(|h| (h.spans[0].offset, h.spans[0].length)).collect()
}

#[test]
fn each_frame_is_a_record_that_leads_to_its_message() {
    let profiles = Profiles::builtin();
    let bytes = MESSAGES.map(frame).concat().into_bytes();
    let found = best("messages", &bytes, &profiles).unwrap();
    let profile = &profiles.all()[found.profile];
    assert_eq!((profile.name(), found.layout.framing, found.confidence), ("syslog", Framing::Counted, 100));
    for step in [1 << 20, 61, 7, 1] {
        let (batch, unread, lost) = read(profile, &found, &bytes, step);
        assert_eq!((batch.rows, unread.total(), lost.too_long_count), (4, 0, 0));
        let text = |(at, length): (u64, u64)| std::str::from_utf8(&bytes[at as usize..(at + length) as usize]).unwrap();
        let told: Vec<&str> = spans(&batch).into_iter().map(text).collect();
        assert_eq!(told, MESSAGES.map(|m| m.trim_end_matches('\n')));
        let row = batch.iter().next().unwrap().unwrap();
        let [_, object, ..] = row.fields().unwrap();
        assert_eq!(object.as_bytes(), Some(&b"Traceback:\n  File \"x.py\"\n  5 <3> is text"[..]));
    }
}

#[test]
fn what_is_no_frame_is_unread_and_reading_goes_on() {
    let profiles = Profiles::builtin();
    let good = MESSAGES.map(frame).concat();
    // A count that reaches into the next frame, garbage, and a frame that the file's end cuts.
    let wrong = format!("{} {}", MESSAGES[1].len() + 9, MESSAGES[1]);
    let cut = frame(MESSAGES[2]);
    let text = format!("{good}{wrong}{good}\0garbage{good}{}", &cut[..20]);
    let bytes = text.as_bytes();
    let found = best("messages", bytes, &profiles).unwrap();
    let profile = &profiles.all()[found.profile];
    for step in [1 << 20, 61, 7] {
        let (batch, unread, _) = read(profile, &found, bytes, step);
        let places: Vec<(u64, u64)> = unread.reasons().flat_map(|r| &r.samples).map(|s| (s.offset, s.length)).collect();
        let third = 2 * good.len() + wrong.len();
        // The frame before the garbage has no frame behind it, so its count is doubted too.
        let last = frame(MESSAGES[3]).len();
        let doubted = (third - last, last + "\0garbage".len());
        let end = (bytes.len() - 20, 20);
        let expected = [(good.len(), wrong.len()), doubted, end].map(|(at, length)| (at as u64, length as u64));
        assert_eq!(places, expected, "by {step}");
        assert_eq!((batch.rows, unread.total()), (11, 3));
    }
}

#[test]
fn damage_breaks_no_reader_and_chunks_change_no_row() {
    let profiles = Profiles::builtin();
    let whole = MESSAGES.map(frame).concat().repeat(400).into_bytes();
    let mut seed = Seed(0xC0_07);
    for _ in 0..40 {
        let mut bytes = whole.clone();
        bytes.truncate(seed.next(whole.len()).max(600));
        for _ in 0..seed.next(40) {
            let at = 400 + seed.next(bytes.len() - 400);
            bytes[at] = b"0123456789 <>"[seed.next(13)];
        }
        let found = best("messages", &bytes, &profiles).unwrap();
        let profile = &profiles.all()[found.profile];
        assert_eq!(found.layout.framing, Framing::Counted);
        let (batch, unread, lost) = read(profile, &found, &bytes, 511);
        for step in [4096, 1 << 20] {
            let other = read(profile, &found, &bytes, step);
            assert_eq!((&batch.buffer, &unread, &lost), (&other.0.buffer, &other.1, &other.2), "by {step}");
        }
    }
}

#[test]
fn a_message_past_the_bound_takes_no_memory() {
    let profiles = Profiles::builtin();
    let good = MESSAGES.map(frame).concat();
    let long = frame(&format!("{}{}", MESSAGES[1], "y".repeat(3 << 20)));
    let bytes = format!("{good}{long}{good}").into_bytes();
    let found = best("messages", &bytes, &profiles).unwrap();
    for step in [65_536, 500_001] {
        let (batch, unread, lost) = read(&profiles.all()[found.profile], &found, &bytes, step);
        assert_eq!((batch.rows, unread.total()), (8, 0));
        assert_eq!(lost.too_long, [(good.len() as u64, long.len() as u64)]);
    }
}

#[test]
fn a_profile_may_state_how_messages_lie() {
    let toml = |framing: &str| {
        format!(
            "name = \"x\"\nabout = \"x\"\naction = \"logged\"\n[syslog]\nframing = \"{framing}\"\n[syslog.fields]\ntime = \"time\"\nobject = \"message\"\n"
        )
    };
    let head = artifacts::log::HeadText::of(&artifacts::Facts {
        path: b"x",
        stream: b"",
        size: 9,
        head: b"# begun\n\n",
        file_system: None,
    });
    for (text, framing) in [("counted", Framing::Counted), ("lines", Framing::Continued)] {
        assert_eq!(Profile::from_toml(&toml(text)).unwrap().layout(&head).unwrap().framing, framing);
    }
    let e = Profile::from_toml(&toml("octets")).unwrap_err();
    assert_eq!((e.line, e.key.as_str()), (5, "syslog.framing"));
}
