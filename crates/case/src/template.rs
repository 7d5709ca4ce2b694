//! Paths without their numbers. The targets of a service's requests are few once the numbers in
//! them are taken out: `/v1/customers/1003342/profile` is a template that a million rows share, and
//! one number. Only a way of storing text: rows are hashed over the whole text.

/// Stands in a template where a number was. Text that holds it is never split.
const MARK: u8 = 0x1a;
/// Shorter runs of digits stay in the template: versions, page numbers.
const SHORTEST: usize = 3;
/// Longer runs do not fit an integer.
const LONGEST: usize = 18;
/// Numbers taken out of one text.
const MOST: usize = 4;

/// The numbers of a text, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    values: [i64; MOST],
    count: usize,
}

impl Numbers {
    pub fn as_slice(&self) -> &[i64] {
        self.values.get(..self.count).unwrap_or_default()
    }
    fn push(&mut self, value: i64) -> bool {
        match self.values.get_mut(self.count) {
            Some(slot) => {
                *slot = value;
                self.count += 1;
                true
            }
            None => false,
        }
    }
    /// One number as it is; several as text, with a space between.
    pub fn stored(&self) -> Stored {
        match self.as_slice() {
            [] => Stored::None,
            [one] => Stored::One(*one),
            more => Stored::More(more.iter().map(i64::to_string).collect::<Vec<_>>().join(" ")),
        }
    }
    pub fn read(text: &str) -> Option<Self> {
        let mut out = Self::default();
        for part in text.split(' ') {
            if !out.push(decimal(part.as_bytes())?) {
                return None;
            }
        }
        Some(out)
    }
    pub fn one(value: i64) -> Self {
        let mut out = Self::default();
        out.push(value);
        out
    }
}

/// Numbers as a column holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    None,
    One(i64),
    More(String),
}

/// The value of digits that are written just as that number is: no sign, no leading zero, at most 18.
pub fn decimal(text: &[u8]) -> Option<i64> {
    let [first, rest @ ..] = text else { return None };
    let plain = first.is_ascii_digit() && (*first != b'0' || rest.is_empty()) && text.len() <= LONGEST;
    if !plain {
        return None;
    }
    text.iter().try_fold(0i64, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
}

/// Splits a text; the template is written to `template`. False where the text has no number to take
/// out, or holds the mark itself.
pub fn split(text: &[u8], template: &mut Vec<u8>) -> Option<Numbers> {
    template.clear();
    let mut numbers = Numbers::default();
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        if !first.is_ascii_digit() {
            if *first == MARK {
                return None;
            }
            template.push(*first);
            rest = after;
            continue;
        }
        let run = rest.iter().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(run);
        match decimal(digits).filter(|_| run >= SHORTEST) {
            Some(n) if numbers.push(n) => template.push(MARK),
            _ => template.extend_from_slice(digits),
        }
        rest = after;
    }
    (numbers.count > 0).then_some(numbers)
}

/// The text of a template and its numbers; None where they are not as many as it has marks.
pub fn join(template: &[u8], numbers: &Numbers) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(template.len() + 16);
    let mut left = numbers.as_slice().iter();
    for b in template {
        if *b == MARK {
            out.extend_from_slice(left.next()?.to_string().as_bytes());
        } else {
            out.push(*b);
        }
    }
    left.next().is_none().then_some(out)
}

/// What a template alone tells of whether its texts contain a pattern, letters of ASCII compared
/// without their case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contains {
    No,
    /// Only the numbers tell.
    Maybe,
    Yes,
}

pub fn contains(template: &[u8], pattern: &[u8]) -> Contains {
    if template.split(|b| *b == MARK).any(|piece| contains_text(piece, pattern)) {
        return Contains::Yes;
    }
    let may = (0..template.len()).any(|from| template.get(from..).is_some_and(|t| can_begin_with(t, pattern)));
    if may { Contains::Maybe } else { Contains::No }
}

/// Whether numbers could make the text of a template begin with a pattern, or with the end of its
/// first number where a number stands first. A number has no digit beside it, so it is a whole run.
fn can_begin_with(template: &[u8], pattern: &[u8]) -> bool {
    let (mut rest, mut first) = (pattern, true);
    for b in template {
        if rest.is_empty() {
            return true;
        }
        if *b != MARK {
            match rest.split_first() {
                Some((p, after)) if p.eq_ignore_ascii_case(b) => rest = after,
                _ => return false,
            }
        } else {
            let run = rest.iter().position(|p| !p.is_ascii_digit()).unwrap_or(rest.len());
            let (digits, after) = rest.split_at(run);
            let whole = !first && !after.is_empty();
            let fits = match digits {
                [] => false,
                _ if first => run <= LONGEST,
                _ if whole => run >= SHORTEST && decimal(digits).is_some(),
                [b'0', ..] => false,
                _ => run <= LONGEST,
            };
            if !fits {
                return false;
            }
            rest = after;
        }
        first = false;
    }
    rest.is_empty()
}

pub fn contains_text(text: &[u8], pattern: &[u8]) -> bool {
    pattern.is_empty() || text.windows(pattern.len()).any(|w| w.eq_ignore_ascii_case(pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(text: &str) -> Option<(String, Vec<i64>)> {
        let mut template = Vec::new();
        let numbers = split(text.as_bytes(), &mut template)?;
        assert_eq!(join(&template, &numbers).unwrap(), text.as_bytes(), "{text}");
        let stored = match numbers.stored() {
            Stored::None => Numbers::default(),
            Stored::One(n) => Numbers::one(n),
            Stored::More(text) => Numbers::read(&text).unwrap(),
        };
        assert_eq!(stored, numbers);
        Some((String::from_utf8(template).unwrap().replace('\x1a', "#"), numbers.as_slice().to_vec()))
    }

    #[test]
    fn splits() {
        assert_eq!(there_and_back("/v1/customers/1003342/profile"), Some(("/v1/customers/#/profile".into(), vec![1_003_342])));
        assert_eq!(there_and_back("/a/100/b/0200/300?p=12"), Some(("/a/#/b/0200/#?p=12".into(), vec![100, 300])));
        assert_eq!(there_and_back("/1234567890123456789012/999"), Some(("/1234567890123456789012/#".into(), vec![999])));
        assert_eq!(there_and_back("100 200 300 400 500"), Some(("# # # # 500".into(), vec![100, 200, 300, 400])));
        assert_eq!(there_and_back("/v1/search?page=5"), None);
        assert_eq!(there_and_back("/\x1a/1234"), None);
        assert_eq!(there_and_back(""), None);
    }

    #[test]
    fn decimals() {
        assert_eq!(decimal(b"0"), Some(0));
        assert_eq!(decimal(b"999999999999999999"), Some(999_999_999_999_999_999));
        for text in ["", "01", "-1", "1a", "9999999999999999999", " 1"] {
            assert_eq!(decimal(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_a_template_tells() {
        let t = b"/v1/customers/\x1a/Profile";
        assert_eq!(contains(t, b"profile"), Contains::Yes);
        assert_eq!(contains(t, b"/1003"), Contains::Maybe);
        assert_eq!(contains(t, b"v1/cust"), Contains::Yes);
        assert_eq!(contains(t, b"orders"), Contains::No);
        assert_eq!(contains(b"/plain", b"77"), Contains::No);
    }

    /// No text contains what its template rules out.
    #[test]
    fn what_a_text_contains_its_template_may() {
        let mut seed = 5u64;
        let mut next = |n: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % n
        };
        for _ in 0..3_000 {
            let text: Vec<u8> = (0..next(24)).map(|_| b"aB/0017"[next(7) as usize]).collect();
            let mut template = Vec::new();
            if split(&text, &mut template).is_none() {
                continue;
            }
            for from in 0..text.len() {
                for to in from + 1..=text.len() {
                    let pattern = text[from..to].to_ascii_lowercase();
                    assert_ne!(contains(&template, &pattern), Contains::No, "{text:?} {pattern:?}");
                }
            }
        }
        for (template, pattern, is) in [
            ("/static/app.\x1a.js", "app.0000", Contains::No),
            ("/static/app.\x1a.js", "app.12", Contains::Maybe),
            ("/static/app.\x1a.js", "0.JS", Contains::Maybe),
            ("/static/app.\x1a.js", "app.12.js", Contains::No),
            ("/static/app.\x1a.js", "app.120.js", Contains::Maybe),
            ("/v1/\x1a/\x1a", "00/1", Contains::Maybe),
            ("/v1/\x1a/\x1a", "00/0", Contains::No),
            ("/v1/\x1a/profile", "app.0000", Contains::No),
        ] {
            assert_eq!(contains(template.as_bytes(), pattern.as_bytes()), is, "{template} {pattern}");
        }
    }
}
