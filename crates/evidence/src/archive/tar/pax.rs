//! Extended headers of pax: records `length key=value\n`. Source: POSIX.1-2017 pax, "pax Header
//! Block".

/// What extended headers and GNU long names say of the next member.
#[derive(Clone, Debug, Default)]
pub(super) struct Extended {
    pub path: Option<Vec<u8>>,
    pub link: Option<Vec<u8>>,
    pub size: Option<u64>,
    /// Seconds; the fraction is kept as text.
    pub modified: Option<i64>,
    pub modified_text: Option<String>,
    pub sparse: bool,
    /// Size of a sparse file with its holes.
    pub real_size: Option<u64>,
}

impl Extended {
    /// Reads records over what is there; false where a record is malformed (the rest is dropped).
    pub fn read(&mut self, mut data: &[u8]) -> bool {
        while data.first().is_some_and(|b| *b != 0) {
            let Some((key, value, rest)) = record(data) else { return false };
            self.set(key, value);
            data = rest;
        }
        true
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        let number = || std::str::from_utf8(value).ok().and_then(|v| v.parse::<u64>().ok());
        match key {
            // GNU.sparse.name is the real name; "path" is then a stand-in.
            b"path" if self.sparse && self.path.is_some() => {}
            b"path" => self.path = Some(value.to_vec()),
            b"linkpath" => self.link = Some(value.to_vec()),
            b"size" => self.size = number().or(self.size),
            b"mtime" => {
                if let Ok(v) = std::str::from_utf8(value) {
                    let whole = v.split('.').next().unwrap_or_default();
                    let fraction = v.contains('.') && v.starts_with('-');
                    // Whole seconds are rounded down, before 1970 as well.
                    self.modified = whole.parse::<i64>().ok().map(|s| s.saturating_sub(i64::from(fraction)));
                    self.modified_text = Some(v.chars().take(40).collect());
                }
            }
            b"GNU.sparse.name" => {
                self.sparse = true;
                self.path = Some(value.to_vec());
            }
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => {
                self.sparse = true;
                self.real_size = number();
            }
            _ if key.starts_with(b"GNU.sparse.") => self.sparse = true,
            _ => {}
        }
    }
}

/// Key, value and the bytes after the record.
fn record(data: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = memchr::memchr(b' ', data.get(..data.len().min(20))?)?;
    let length: usize = std::str::from_utf8(data.get(..space)?).ok()?.parse().ok()?;
    let body = data.get(space.checked_add(1)?..length)?;
    let body = body.strip_suffix(b"\n")?;
    let equals = memchr::memchr(b'=', body)?;
    Some((body.get(..equals)?, body.get(equals.checked_add(1)?..)?, data.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records() {
        let mut e = Extended::default();
        assert!(e.read(b"12 path=a/b\n20 mtime=1700000000.5\n"[..12].as_ref()));
        assert!(e.read(b"22 mtime=1700000000.5\n"));
        assert!(e.read(b"12 mtime=-.5\n".get(..0).unwrap()));
        assert_eq!(e.path.as_deref(), Some(&b"a/b"[..]));
        assert_eq!(e.modified, Some(1_700_000_000));
        assert!(!e.read(b"999999 path=x\n"));
        assert!(!e.read(b"x"));
    }
}
