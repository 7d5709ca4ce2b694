//! The request for a time-stamp token, made offline. Source: RFC 3161 section 2.4.1.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

use super::timestamp_check::Fault;
use super::timestamp_der::{Parts, context};
use super::timestamp_token::{Imprint, imprint};
use der::Tag;
use ledger::Hash;

/// `SEQUENCE` of 75 bytes, and in it version 1.
const BEFORE: [u8; 5] = [0x30, 75, 0x02, 0x01, 0x01];
/// The imprint: SHA-256 with NULL, then 32 bytes.
const IMPRINT: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];
/// `certReq` true.
const CERTIFICATES_TOO: [u8; 3] = [0x01, 0x01, 0xff];

/// A `TimeStampReq` for the SHA-256 of a note, which asks for the certificates too.
pub fn request(note: &Hash, nonce: [u8; 16]) -> Vec<u8> {
    // Positive and of 16 bytes in the shortest form, whatever the first byte was.
    let [first, rest @ ..] = nonce;
    [&BEFORE[..], &IMPRINT, note, &[0x02, 16, first & 0x3f | 0x40], &rest, &CERTIFICATES_TOO].concat()
}

/// What a request asked for: one made here or by another program.
#[derive(Debug, PartialEq, Eq)]
pub struct Asked {
    pub imprint: Imprint,
    /// Bytes of the number.
    pub nonce: Option<Vec<u8>>,
}

pub fn read(bytes: &[u8]) -> Result<Asked, Fault> {
    const OF: &str = "the request";
    let mut parts = Parts::only(OF, bytes, Tag::Sequence)?.parts(OF)?;
    if parts.take(Tag::Integer, "its version")?.number(OF)? != 1 {
        return Err(super::timestamp_der::malformed(OF, "its version"));
    }
    let imprint = imprint(&parts.take(Tag::Sequence, "the imprint")?)?;
    parts.option(Tag::ObjectIdentifier, "the policy")?;
    let nonce = parts.option(Tag::Integer, "the nonce")?.map(|n| n.value.to_vec());
    parts.option(Tag::Boolean, "whether certificates are asked for")?;
    parts.option(context(true, 0), "extensions")?;
    parts.end()?;
    Ok(Asked { imprint, nonce })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_is_read_again() {
        for first in [0, 0x7f, 0x80, 0xff] {
            let mut nonce = [7; 16];
            nonce[0] = first;
            let bytes = request(&[9; 32], nonce);
            let asked = read(&bytes).unwrap();
            assert!(asked.imprint.is_sha256_of(&[9; 32]));
            let kept = asked.nonce.unwrap();
            assert_eq!((kept.len(), &kept[1..]), (16, &nonce[1..]));
            assert!((1..0x80).contains(&kept[0]));
            for cut in 0..bytes.len() {
                assert!(read(&bytes[..cut]).is_err());
            }
            assert!(read(&[&bytes[..], &[0]].concat()).is_err());
        }
    }
}
