//! One record of custody: one holder of one item for one stretch of time.

use super::stated;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What was said of the right to be present.
pub const PARTICIPATION: [&str; 3] = ["offered", "taken", "waived"];

/// Most characters of one text of a record.
const LONGEST: usize = 4000;
/// Most hashes of one record.
const MOST_HASHES: usize = 16;

/// Names are those of docs/custody.md, in CSV and in JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "api.gen.ts")]
pub struct CustodyRecord {
    /// Number of the record, from 1; given by the case.
    pub number: u32,
    /// Number or name of the exhibit: what makes records one line.
    pub item: String,
    pub make: Option<String>,
    pub model: Option<String>,
    pub serial: Option<String>,
    pub seal: Option<String>,
    pub holder: String,
    /// With its zone: "2025-06-24T10:00+09:00".
    pub from: String,
    pub to: Option<String>,
    pub place: Option<String>,
    pub purpose: Option<String>,
    /// MD5, SHA-1 or SHA-256, hex.
    pub hashes: Vec<String>,
    /// Who made this statement, and when: a time with its zone, or a day.
    pub stated_by: Option<String>,
    pub stated_on: Option<String>,
    /// "offered", "taken" or "waived".
    pub participation: Option<String>,
    /// By whom it was taken or waived, or to whom it was offered.
    pub participation_by: Option<String>,
    /// Number of the evidence in the case that is this item.
    pub source: Option<u32>,
    /// The record it takes the place of.
    pub supersedes: Option<u32>,
}

fn text(value: Option<String>) -> Option<String> {
    value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
}

impl CustodyRecord {
    /// The record with blanks left out and hashes in their plain form, or what is wrong with it.
    pub fn checked(self) -> Result<Self, String> {
        let r = Self {
            item: self.item.trim().to_owned(),
            make: text(self.make),
            model: text(self.model),
            serial: text(self.serial),
            seal: text(self.seal),
            holder: self.holder.trim().to_owned(),
            from: self.from.trim().to_owned(),
            to: text(self.to),
            place: text(self.place),
            purpose: text(self.purpose),
            hashes: self.hashes.iter().map(|h| h.trim()).filter(|h| !h.is_empty()).map(plain_hash).collect::<Result<_, _>>()?,
            stated_by: text(self.stated_by),
            stated_on: text(self.stated_on),
            participation: text(self.participation).map(|p| p.to_lowercase()),
            participation_by: text(self.participation_by),
            ..self
        };
        r.right()?;
        Ok(r)
    }

    fn right(&self) -> Result<(), String> {
        for (name, value) in [("item", &self.item), ("holder", &self.holder), ("from", &self.from)] {
            if value.is_empty() {
                return Err(format!("{name} is missing"));
            }
        }
        for (name, value) in [("from", Some(&self.from)), ("to", self.to.as_ref())] {
            if let Some(value) = value.filter(|v| stated::instant(v).is_none()) {
                return Err(format!("{name} is a time with its zone, such as 2025-06-24T10:00+09:00, not {}", short(value)));
            }
        }
        if let Some(on) = self.stated_on.as_ref().filter(|on| stated::moment(on, &self.from).is_none()) {
            return Err(format!("stated_on is a day or a time with its zone, not {}", short(on)));
        }
        if let Some(p) = self.participation.as_ref().filter(|p| !PARTICIPATION.contains(&p.as_str())) {
            return Err(format!("participation is one of {}, not {}", PARTICIPATION.join(", "), short(p)));
        }
        if self.participation_by.is_some() && self.participation.is_none() {
            return Err("participation_by needs participation: offered, taken or waived".into());
        }
        if self.hashes.len() > MOST_HASHES {
            return Err(format!("at most {MOST_HASHES} hashes are stated in one record"));
        }
        let texts = [
            Some(&self.item),
            Some(&self.holder),
            self.make.as_ref(),
            self.model.as_ref(),
            self.serial.as_ref(),
            self.seal.as_ref(),
            self.place.as_ref(),
            self.purpose.as_ref(),
            self.stated_by.as_ref(),
            self.participation_by.as_ref(),
        ];
        match texts.into_iter().flatten().find(|t| t.chars().count() > LONGEST) {
            Some(long) => Err(format!("a text has at most {LONGEST} characters; {} has more", short(long))),
            None => Ok(()),
        }
    }
}

fn plain_hash(text: &str) -> Result<String, String> {
    let wrong = || format!("a hash has 32, 40 or 64 hexadecimal digits; {} has not", short(text));
    stated::hash(text).ok_or_else(wrong)
}

/// The beginning of what a person wrote, for a message.
pub(super) fn short(text: &str) -> String {
    crate::view::visible(text, 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> CustodyRecord {
        CustodyRecord {
            item: " E-1 ".into(),
            holder: "Officer A".into(),
            from: "2025-06-24T10:00+09:00".into(),
            make: Some("  ".into()),
            hashes: vec!["825AC373 AFF4D5AF 610BC445 129F317D".into(), String::new()],
            participation: Some("Waived".into()),
            participation_by: Some("the owner".into()),
            ..CustodyRecord::default()
        }
    }

    #[test]
    fn blanks_are_nothing_and_hashes_are_plain() {
        let r = record().checked().unwrap();
        assert_eq!((r.item.as_str(), r.make.as_ref()), ("E-1", None));
        assert_eq!(r.hashes, ["825ac373aff4d5af610bc445129f317d"]);
        assert_eq!(r.participation.as_deref(), Some("waived"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let bad = |change: fn(&mut CustodyRecord)| {
            let mut r = record();
            change(&mut r);
            r.checked().unwrap_err()
        };
        assert_eq!(bad(|r| r.holder = " ".into()), "holder is missing");
        assert!(bad(|r| r.from = "2025-06-24 10:00".into()).starts_with("from is a time with its zone"));
        assert!(bad(|r| r.to = Some("tomorrow".into())).starts_with("to is a time"));
        assert!(bad(|r| r.hashes = vec!["825a".into()]).contains("32, 40 or 64"));
        assert!(bad(|r| r.participation = Some("refused".into())).contains("offered, taken, waived"));
        assert!(bad(|r| r.participation = None).contains("participation_by needs"));
        assert!(bad(|r| r.stated_on = Some("soon".into())).contains("stated_on"));
        assert!(bad(|r| r.place = Some("x".repeat(4001))).contains("at most 4000"));
    }
}
