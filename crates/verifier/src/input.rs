use ledger::package::Trust;
use ledger::{Checkpoint, TreeHead, VerifierKey, base64_decode, hash_from_hex};
use std::collections::BTreeMap;

/// What the page gives: `kept | key | ( name | bytes ) ...`, each part as `length u32 | bytes`,
/// little-endian. `kept` (a note, or size and root with white space between) and `key` are empty
/// where nothing came from elsewhere.
pub struct Input {
    pub files: BTreeMap<String, Vec<u8>>,
    pub trust: Trust,
}

/// Why it is no input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadInput(pub &'static str);

impl Input {
    pub fn read(input: &[u8]) -> Result<Self, BadInput> {
        let mut rest = input;
        let kept = text(part(&mut rest)?)?;
        let key = text(part(&mut rest)?)?;
        let head = (!kept.trim().is_empty()).then(|| kept_head(kept)).transpose()?;
        let key = match key.trim() {
            "" => None,
            key => Some(VerifierKey::read(key).map_err(|_| BadInput("not a key"))?),
        };
        let mut files = BTreeMap::new();
        while !rest.is_empty() {
            let name = text(part(&mut rest)?)?.to_owned();
            let bytes = part(&mut rest)?.to_vec();
            if files.insert(name, bytes).is_some() {
                return Err(BadInput("a name that is there twice"));
            }
        }
        Ok(Self { files, trust: Trust { head, key } })
    }
}

fn part<'i>(rest: &mut &'i [u8]) -> Result<&'i [u8], BadInput> {
    let (length, after) = rest.split_first_chunk::<4>().ok_or(BadInput("cut short"))?;
    let (part, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(BadInput("cut short"))?;
    *rest = after;
    Ok(part)
}

fn text(bytes: &[u8]) -> Result<&str, BadInput> {
    std::str::from_utf8(bytes).map_err(|_| BadInput("a text that is not UTF-8"))
}

/// Size and root of a note, or as they are printed.
fn kept_head(kept: &str) -> Result<TreeHead, BadInput> {
    if let Ok(note) = Checkpoint::read(kept.as_bytes()) {
        return Ok(note.head);
    }
    let mut words = kept.split_whitespace();
    let (Some(size), Some(root), None) = (words.next(), words.next(), words.next()) else {
        return Err(BadInput("not a checkpoint"));
    };
    let hash = hash_from_hex(&root.to_lowercase()).or_else(|| base64_decode(root)?.try_into().ok());
    match (size.parse(), hash) {
        (Ok(size), Some(root)) => Ok(TreeHead { size, root }),
        _ => Err(BadInput("not a checkpoint")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(parts: &[&[u8]]) -> Vec<u8> {
        parts.iter().flat_map(|p| [&u32::try_from(p.len()).unwrap().to_le_bytes()[..], p].concat()).collect()
    }

    #[test]
    fn parts_come_back() {
        let root = "00".repeat(32);
        let input = Input::read(&framed(&[format!("3 {root}").as_bytes(), b"", b"a", b"1", b"b", b""])).ok().unwrap();
        assert_eq!(input.trust.head, Some(TreeHead { size: 3, root: [0; 32] }));
        assert_eq!(input.files.into_iter().collect::<Vec<_>>(), [("a".into(), b"1".to_vec()), ("b".into(), vec![])]);
    }

    #[test]
    fn what_is_no_input_is_refused() {
        let whole = framed(&[b"", b"", b"name", b"bytes"]);
        for cut in (1..whole.len()).filter(|cut| *cut != 8) {
            assert!(Input::read(&whole[..cut]).is_err(), "{cut}");
        }
        for bad in [
            framed(&[b"what", b""]),
            framed(&[b"", b"no key"]),
            framed(&[b"", b"", b"a", b"", b"a", b""]),
            framed(&[b"\xff", b""]),
        ] {
            assert!(Input::read(&bad).is_err());
            assert!(crate::judge(&bad).starts_with("{\"unreadable\""));
        }
    }
}
