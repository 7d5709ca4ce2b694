//! What a record's XML names: values by their paths.

use model::Value;

/// Values of one record, and bytes of them, that are kept.
const MOST_VALUES: usize = 200;
const MOST_BYTES: usize = 64 << 10;

/// The values of a record in the order of its XML.
#[derive(Default)]
pub(super) struct Named {
    /// Path below `Event`, and text: `System.EventID`, `EventData.IpAddress`.
    all: Vec<(String, String)>,
    bytes: usize,
    /// Values that were left out.
    cut: bool,
    /// FILETIME of `System.TimeCreated.SystemTime`.
    pub time: Option<u64>,
}

/// `.2`, behind a name that stood there before.
fn numbered(rest: &str) -> bool {
    rest.strip_prefix('.').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

impl Named {
    pub fn push(&mut self, path: &str, text: &str, time: Option<u64>) {
        if path == "System.TimeCreated.SystemTime" {
            self.time = self.time.or(time);
            return;
        }
        let bytes = path.len().saturating_add(text.len());
        if self.all.len() >= MOST_VALUES || self.bytes.saturating_add(bytes) > MOST_BYTES {
            self.cut = true;
            return;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        // Parts of one text come one after the other.
        match self.all.last_mut().filter(|(last, _)| last == path && path.starts_with("System.")) {
            Some((_, there)) => there.push_str(text),
            None => {
                // Values without names of their own are counted.
                let same = self.all.iter().filter(|(p, _)| p == path || p.strip_prefix(path).is_some_and(numbered)).count();
                let name = if same == 0 { path.to_owned() } else { format!("{path}.{}", same.saturating_add(1)) };
                self.all.push((name, text.to_owned()));
            }
        }
    }

    pub fn system(&self, path: &str) -> Option<&str> {
        let found = self.all.iter().find(|(p, _)| p.strip_prefix("System.") == Some(path));
        found.map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }

    /// A value of the event's own part by its last name.
    pub fn data(&self, name: &str) -> Option<&str> {
        let found = self.all.iter().find(|(p, _)| !p.starts_with("System.") && p.rsplit('.').next() == Some(name));
        found.map(|(_, v)| v.as_str())
    }

    /// The values of the event's own part, with their paths, and whether some were left out.
    pub fn values(&self) -> (Vec<(&str, Value<'_>)>, bool) {
        let own = self.all.iter().filter(|(p, v)| !p.starts_with("System.") && !v.is_empty());
        let values = own.map(|(p, v)| {
            let name = p.strip_prefix("EventData.").or_else(|| p.strip_prefix("UserData.")).unwrap_or(p);
            (name, Value::Text(v.as_bytes()))
        });
        (values.collect(), self.cut)
    }
}
