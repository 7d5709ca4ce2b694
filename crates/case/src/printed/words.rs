//! A root as 24 words that can be read aloud over the telephone: the English list of BIP-39, in
//! which four letters tell a word, and whose last word holds a check of eight bits.

use bip39::{Language, Mnemonic};
use ledger::Hash;

/// The 24 words of a root.
pub fn words_of_root(root: &Hash) -> Vec<&'static str> {
    // 32 bytes are a length of the list, so there is always an answer.
    Mnemonic::from_entropy(root).map(|m| m.words().collect()).unwrap_or_default()
}

/// The root of 24 words, in whichever case; None where a word is none of the list or the check fails.
pub fn root_of_words(text: &str) -> Option<Hash> {
    let text = text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
    let words = Mnemonic::parse_in_normalized(Language::English, &text).ok()?;
    let (bytes, length) = words.to_entropy_array();
    Hash::try_from(bytes.get(..length)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back_and_a_wrong_one_is_noticed() {
        let root = ledger::sha256(&[b"a root"]);
        let words = words_of_root(&root);
        assert_eq!(words.len(), 24);
        assert_eq!(root_of_words(&words.join(" ")), Some(root));
        assert_eq!(root_of_words(&words.join("\n").to_uppercase()), Some(root));
        let mut swapped = words.clone();
        swapped.swap(0, 1);
        assert_eq!(root_of_words(&swapped.join(" ")), None);
        assert_eq!(root_of_words(&words[..23].join(" ")), None);
        // Source: the vectors of BIP-39.
        assert_eq!(words_of_root(&[0; 32]), [["abandon"; 23].as_slice(), &["art"]].concat());
        assert_eq!(words_of_root(&[0xff; 32]), [["zoo"; 23].as_slice(), &["vote"]].concat());
    }
}
