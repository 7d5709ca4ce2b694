//! Every hash that the case knows, and where a typed one stands among them.

use super::stated;
use crate::columns::{join_id, split_id};
use crate::entries;
use crate::error::Result;
use crate::sources::locator_path;
use crate::store::Store;
use ledger::{Entry, Json};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

/// Most places told of one hash: equal files are common.
const MOST_PLACES: usize = 20;
/// A hash this near is a slip of the hand; two that have nothing in common differ in 15 of 16 digits.
const NEAR: usize = 4;

/// One hash statement of the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct HashPlace {
    pub hash: String,
    /// Of the media: "md5", "sha1", "sha256", "blocks" (root of the tree over 4 KiB blocks). "stored-md5",
    /// "stored-sha1" (as the container states), "segment" (a file of the evidence), "members" (root over
    /// an archive's members), "member" (one of them), "ledger" (root over the first entries).
    pub what: String,
    /// Number of the evidence.
    pub source: Option<u32>,
    /// Name of the evidence, segment or member; how many entries of the ledger.
    pub name: String,
    /// Entry that holds it; none for a member, whose row is under a root in one.
    #[ts(type = "number | null")]
    pub entry: Option<u64>,
}

/// Where a typed hash stands.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct HashAnswer {
    /// What was typed, without spaces, hyphens and case.
    pub typed: String,
    /// What it is by its length: "md5", "sha1", "sha256".
    pub kind: Option<String>,
    /// Places, from 1, of signs that are no hexadecimal digits.
    pub odd: Vec<u32>,
    pub equals: Vec<HashPlace>,
    /// Hashes that begin with what was typed, where it is 8 digits or more and no whole hash.
    pub begins: Vec<HashPlace>,
    pub nearest: Option<NearHash>,
    /// How many hash statements were looked at.
    #[ts(type = "number")]
    pub compared: u64,
}

/// The known hash that is most alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct NearHash {
    pub place: HashPlace,
    /// Digits that differ, are missing or too many.
    pub differs: u32,
    /// Places in the known hash, from 1; empty where the lengths differ.
    pub at: Vec<u32>,
}

impl NearHash {
    /// "1 digit differs".
    pub fn words(&self) -> String {
        if self.differs == 1 { "1 digit differs".into() } else { format!("{} digits differ", self.differs) }
    }
}

impl HashPlace {
    /// In English.
    pub fn says(&self) -> String {
        let of = self.source.map(|n| format!(" of evidence {n}")).unwrap_or_default();
        let name = crate::view::visible(&self.name, 200);
        match self.what.as_str() {
            "md5" => format!("the MD5 of the media{of}, {name}"),
            "sha1" => format!("the SHA-1 of the media{of}, {name}"),
            "sha256" => format!("the SHA-256 of the media{of}, {name}"),
            "blocks" => format!("the root over the 4 KiB blocks{of}, {name}"),
            "stored-md5" => format!("the MD5 that the container{of} states, {name}"),
            "stored-sha1" => format!("the SHA-1 that the container{of} states, {name}"),
            "segment" => format!("the SHA-256 of the file {name}{of}"),
            "members" => format!("the root over the members{of}, {name}"),
            "member" => format!("the SHA-256 of the member {name}{of}"),
            _ => format!("the root of the ledger at {name} entries"),
        }
    }
}

/// Visits every hash statement once.
fn each(store: &Store, take: &mut dyn FnMut(HashPlace)) -> Result<()> {
    let (chain, all) = entries::chain(store)?;
    for seal in all.iter().filter(|e| e.head.kind == "import.seal") {
        of_evidence(seal, take);
    }
    let head = chain.head();
    for (size, root, seq) in
        all.iter().map(|e| (e.head.prev.size, e.head.prev.root, e.head.seq)).chain([(head.size, head.root, head.size)])
    {
        if size > 0 {
            let entry = all.iter().any(|e| e.head.seq == seq).then_some(seq);
            take(HashPlace { hash: hex::encode(root), what: "ledger".into(), source: None, name: size.to_string(), entry });
        }
    }
    let mut q = store.db.prepare("SELECT id, locator, sha256 FROM source WHERE sha256 IS NOT NULL")?;
    let mut rows = q.query([])?;
    while let Some(row) = rows.next()? {
        let (import, number) = split_id(row.get(0)?);
        let (locator, digest): (String, Vec<u8>) = (row.get(1)?, row.get(2)?);
        let path = locator_path(&locator);
        // Row 0 is the evidence itself, which its entry tells of.
        if number > 0 && !path.is_empty() {
            let name = String::from_utf8_lossy(&path).into_owned();
            take(HashPlace { hash: hex::encode(digest), what: "member".into(), source: Some(import), name, entry: None });
        }
    }
    Ok(())
}

/// The hashes that the sealing entry of an import, or of a second receipt, holds.
fn of_evidence(seal: &Entry, take: &mut dyn FnMut(HashPlace)) {
    let params = seal.get("params");
    let number = |name: &str| params.and_then(|p| p.get(name)).and_then(Json::as_int).and_then(|n| u32::try_from(n).ok());
    let source = number("import").or_else(|| number("receipt_of"));
    for input in seal.get("inputs").and_then(Json::as_list).unwrap_or_default() {
        let evidence = input.get("name").and_then(Json::as_text).unwrap_or_default();
        let mut tell = |what: &str, name: &str, value: Option<&Json>| {
            if let Some(hash) = value.and_then(Json::as_text) {
                let (hash, what, name) = (hash.to_owned(), what.to_owned(), name.to_owned());
                take(HashPlace { hash, what, source, name, entry: Some(seal.head.seq) });
            }
        };
        let member = |of: &str, name: &str| input.get(of).and_then(|m| m.get(name)).filter(|v| **v != Json::Null);
        for (what, name) in [("md5", "md5"), ("sha1", "sha1"), ("sha256", "sha256"), ("blocks", "blocks_root")] {
            tell(what, evidence, member("media", name));
        }
        tell("stored-md5", evidence, member("stored", "md5"));
        tell("stored-sha1", evidence, member("stored", "sha1"));
        tell("members", evidence, member("members", "root"));
        for file in input.get("files").and_then(Json::as_list).unwrap_or_default() {
            tell("segment", file.get("name").and_then(Json::as_text).unwrap_or_default(), file.get("sha256"));
        }
    }
}

/// Where each of the wanted hashes stands; absent where the case does not know it.
pub fn find(store: &Store, wanted: &BTreeSet<String>) -> Result<BTreeMap<String, Vec<HashPlace>>> {
    let mut out: BTreeMap<String, Vec<HashPlace>> = BTreeMap::new();
    if !wanted.is_empty() {
        each(store, &mut |place| {
            if wanted.contains(&place.hash) {
                let places = out.entry(place.hash.clone()).or_default();
                if places.len() < MOST_PLACES {
                    places.push(place);
                }
            }
        })?;
    }
    Ok(out)
}

/// The hashes of each sealed import's media, by its number.
pub fn media(store: &Store) -> Result<BTreeMap<u32, Vec<HashPlace>>> {
    let (_, all) = entries::chain(store)?;
    let mut out: BTreeMap<u32, Vec<HashPlace>> = BTreeMap::new();
    for seal in all.iter().filter(|e| e.head.kind == "import.seal") {
        of_evidence(seal, &mut |place| {
            if let Some(n) = place.source {
                out.entry(n).or_default().push(place);
            }
        });
    }
    Ok(out)
}

/// Compares a hash typed from paper with every one the case knows.
pub fn compare_hash(store: &Store, text: &str) -> Result<HashAnswer> {
    let typed = stated::digits(text);
    let signs: Vec<char> = typed.chars().collect();
    let odd = (1u32..).zip(&signs).filter(|(_, c)| !c.is_ascii_hexdigit()).map(|(at, _)| at).collect();
    let kind = stated::hash_kind(&typed).map(str::to_owned);
    let mut answer = HashAnswer { typed, kind, odd, equals: Vec::new(), begins: Vec::new(), nearest: None, compared: 0 };
    if signs.is_empty() {
        return Ok(answer);
    }
    each(store, &mut |place| {
        answer.compared += 1;
        if place.hash == answer.typed {
            if answer.equals.len() < MOST_PLACES {
                answer.equals.push(place);
            }
        } else if signs.len() >= 8 && answer.kind.is_none() && place.hash.starts_with(&answer.typed) {
            if answer.begins.len() < MOST_PLACES {
                answer.begins.push(place);
            }
        } else {
            let (differs, at) = distance(&signs, place.hash.as_bytes(), place.what != "member");
            let near = differs * NEAR <= place.hash.len();
            if near && answer.nearest.as_ref().is_none_or(|n| differs < n.differs as usize) {
                answer.nearest = Some(NearHash { place, differs: differs as u32, at });
            }
        }
    })?;
    if !answer.equals.is_empty() {
        answer.nearest = None;
    }
    Ok(answer)
}

/// How many digits differ, and where. Where the lengths differ: the fewest to be changed, left out or put in,
/// or, without `thorough`, all between what is alike at the beginning and at the end.
fn distance(typed: &[char], known: &[u8], thorough: bool) -> (usize, Vec<u32>) {
    let same = |(a, b): &(&char, &u8)| **a == char::from(**b);
    if typed.len() == known.len() {
        let pairs = (1u32..).zip(typed.iter().zip(known));
        let at: Vec<u32> = pairs.filter(|(_, pair)| !same(pair)).map(|(n, _)| n).collect();
        return (at.len(), at);
    }
    let apart = typed.len().abs_diff(known.len());
    if thorough && apart <= known.len() / NEAR {
        // Of what was typed so far, the distance to each beginning of the known hash.
        let mut row: Vec<usize> = (0..=known.len()).collect();
        for (i, c) in typed.iter().enumerate() {
            let mut diagonal = std::mem::replace(&mut row[0], i + 1);
            for (j, k) in known.iter().enumerate() {
                let changed = diagonal + usize::from(*c != char::from(*k));
                diagonal = row[j + 1];
                row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
            }
        }
        return (row[known.len()], Vec::new());
    }
    let shorter = typed.len().min(known.len());
    let begin = typed.iter().zip(known).take_while(same).count();
    let end = typed.iter().rev().zip(known.iter().rev()).take_while(same).count().min(shorter - begin);
    (typed.len().max(known.len()) - begin - end, Vec::new())
}

/// SHA-256 of the members of one import that are asked for, by their ordinal.
pub fn members(store: &Store, import: u32, wanted: &BTreeSet<i64>) -> Result<BTreeMap<i64, String>> {
    let mut q = store.db.prepare(
        "SELECT json_extract(locator, '$.member'), sha256 FROM source WHERE id BETWEEN ?1 AND ?2 AND sha256 IS NOT NULL",
    )?;
    let mut rows = q.query((join_id(import, 1), join_id(import, (1 << 40) - 1)))?;
    let mut out = BTreeMap::new();
    while let Some(row) = rows.next()? {
        if let Some(member) = row.get::<_, Option<i64>>(0)?.filter(|m| wanted.contains(m)) {
            out.insert(member, hex::encode(row.get::<_, Vec<u8>>(1)?));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn slips_of_the_hand() {
        let known = b"825ac373aff4d5af610bc445129f317d";
        let differs = |text: &str| distance(&typed(text), known, false);
        assert_eq!(differs("825ac373aff4d5af610bc445129f317d").0, 0);
        // One digit, two that changed places, a letter that is no digit.
        assert_eq!(differs("925ac373aff4d5af610bc445129f317d"), (1, vec![1]));
        assert_eq!(differs("825ac373aff4d5af610bc445129f31d7"), (2, vec![31, 32]));
        assert_eq!(differs("825ac373aff4d5af61obc445129f317d"), (1, vec![19]));
        // One left out, one doubled; both, at the two ends, only by a thorough look.
        assert_eq!(differs("825ac373aff4d5a610bc445129f317d").0, 1);
        assert_eq!(differs("8255ac373aff4d5af610bc445129f317d").0, 1);
        assert_eq!(distance(&typed("725ac373aff4d5af610bc445129f317"), known, true).0, 2);
        assert_eq!(distance(&typed("825ac373aff4d5a610bc445129f317d"), known, true).0, 1);
        assert_eq!(differs("8").0, 31);
        assert_eq!(distance(&typed(""), known, true).0, 32);
    }
}
