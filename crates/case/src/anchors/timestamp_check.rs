//! Whether a reply holds: for this note, by an authority's certificate, up to a root that was given.
//! Checked are imprint, nonce, signed attributes, signature, usage and validity of certificates at the
//! time stated, and the path. `NOT_CHECKED` says what is not.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

use super::timestamp_certificate::Certificate;
use super::timestamp_path::{Sources, path};
use super::timestamp_signature::{Hash, Message, Wrong};
use super::timestamp_token::{Imprint, SHA1, Signer, Token, read};
use jiff::Timestamp;
use ledger::sha256;
use sha1::{Digest, Sha1};

/// For reports.
pub const NOT_CHECKED: &str = "whether a certificate had been revoked, and under which policy the authority works";

/// Why a reply, a request or a file of certificates is refused. Names and texts in it are as they
/// stand in the bytes: whoever shows them makes them visible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("{of} cannot be read: {what} was expected")]
    Malformed { of: &'static str, what: &'static str },
    #[error("the authority did not grant a token: {0}")]
    NotGranted(String),
    #[error("the imprint is not the SHA-256 of this note: the token is over other bytes")]
    Imprint,
    #[error("the nonce is not that of the request: the reply is to another request")]
    Nonce,
    #[error("the request is not for this note")]
    Request,
    #[error("the signed attributes: {0}")]
    Attribute(&'static str),
    #[error("the certificate of the signer is in neither the token nor the file of certificates")]
    NoSigner,
    #[error("the token's signature does not hold: {0}")]
    Signature(String),
    #[error("the certificate of {subject}: {why}")]
    Certificate { subject: String, why: String },
    #[error("the chain: {0}")]
    Path(String),
    /// Said by the case, not by the bytes of a token.
    #[error("{0}")]
    Stored(&'static str),
}

/// What a reply is held against.
pub struct Given<'a> {
    /// The exact note, signature lines included.
    pub note: &'a [u8],
    /// Of the request, where it is at hand.
    pub nonce: Option<&'a [u8]>,
    /// Roots and what lies between, by whom they are trusted; None: no path is looked for.
    pub chain: Option<&'a [Certificate]>,
    /// Certificates kept beside the token: they may lie between, and end nothing.
    pub kept: &'a [Certificate],
}

/// What a reply that holds says.
#[derive(Clone, Debug)]
pub struct Stamp {
    pub time: Timestamp,
    /// Microseconds either way, where it is said.
    pub accuracy: Option<u64>,
    /// Subject of the authority's certificate.
    pub authority: String,
    /// Hexadecimal.
    pub serial: String,
    pub policy: String,
    /// From the authority's certificate to the root; None where no path was looked for.
    pub path: Option<Vec<Certificate>>,
}

pub fn check(reply: &[u8], given: &Given<'_>) -> Result<Stamp, Fault> {
    let token = read(reply)?;
    if !token.info.imprint.is_sha256_of(&sha256(&[given.note])) {
        return Err(Fault::Imprint);
    }
    if given.nonce.is_some_and(|asked| token.info.nonce.as_deref() != Some(asked)) {
        return Err(Fault::Nonce);
    }
    let mut between: Vec<Certificate> = token.certificates.iter().filter_map(|raw| Certificate::read(raw).ok()).collect();
    between.extend_from_slice(given.kept);
    let chain = given.chain.unwrap_or_default();
    let signer = between.iter().chain(chain).find(|c| is_named(c, &token)).ok_or(Fault::NoSigner)?;
    signature(signer, &token)?;
    let at = token.info.time.as_second();
    signer.check_time_stamping()?;
    signer.check_validity(at)?;
    let found = given.chain.map(|given| path(signer, Sources { given, between: &between }, at)).transpose()?;
    Ok(Stamp {
        time: token.info.time,
        accuracy: token.info.accuracy,
        authority: signer.name(),
        serial: hex::encode(&token.info.serial),
        policy: token.info.policy.to_string(),
        path: found.map(|path| path.into_iter().cloned().collect()),
    })
}

/// By the name in the token and by the digest in the signed attributes: no other certificate with the
/// same name takes its place.
fn is_named(certificate: &Certificate, token: &Token<'_>) -> bool {
    let named = match token.signer {
        Signer::Issued { issuer, serial } => certificate.is_named(issuer, serial),
        Signer::KeyId(id) => certificate.has_key_id(id),
    };
    named && is_digest(&token.certificate_digest, &certificate.raw)
}

fn is_digest(stated: &Imprint, bytes: &[u8]) -> bool {
    if stated.algorithm == SHA1 {
        return Sha1::digest(bytes).as_slice() == stated.digest;
    }
    Hash::of(stated.algorithm).is_some_and(|by| by.digest(bytes) == stated.digest)
}

fn signature(signer: &Certificate, token: &Token<'_>) -> Result<(), Fault> {
    let unsupported = || Fault::Signature(format!("the digest {} is not checked here", token.digest_algorithm));
    let digest = Hash::of(token.digest_algorithm).ok_or_else(unsupported)?;
    if digest.digest(token.content) != token.message_digest {
        return Err(Fault::Attribute("the message digest is not that of the time-stamp"));
    }
    let message = Message { bytes: &token.attributes, digest: Some(digest) };
    signer.verifies(&message, token.signature_algorithm, token.signature).map_err(|wrong| {
        Fault::Signature(match wrong {
            Wrong::Differs => format!("it is not by the key of {}", signer.name()),
            Wrong::Malformed => "its algorithm, or the signer's key, cannot be read".into(),
            Wrong::Unsupported(what) => format!("{what} is not checked here"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::timestamp_certificate::{Bundle, read_pem, to_pem};
    use super::super::timestamp_request;
    use super::*;

    macro_rules! sample {
        ($name:literal) => {
            include_bytes!(concat!("../../../../samples/timestamps/", $name))
        };
    }
    const NOTE: &[u8] = sample!("head.note");
    /// Name, reply, chain, subject of the signer, certificates of the path.
    type Sample = (&'static str, &'static [u8], &'static [u8], &'static str, usize);
    const SAMPLES: [Sample; 5] = [
        ("rsa", sample!("rsa.tsr"), sample!("rsa.chain.pem"), "rsa-signer", 2),
        ("ess-sha1", sample!("ess-sha1.tsr"), sample!("ess-sha1.chain.pem"), "rsa-signer", 2),
        ("p256", sample!("p256.tsr"), sample!("p256.chain.pem"), "p256-signer", 2),
        ("p384", sample!("p384.tsr"), sample!("p384.chain.pem"), "p384-signer", 3),
        ("pss", sample!("pss.tsr"), sample!("pss.chain.pem"), "pss-signer", 2),
    ];

    fn bundle(pem: &[u8]) -> Bundle {
        read_pem(pem).unwrap()
    }
    fn judge(reply: &[u8], chain: &[Certificate]) -> Result<Stamp, Fault> {
        check(reply, &Given { note: NOTE, nonce: None, chain: Some(chain), kept: &[] })
    }

    #[test]
    fn replies_hold_up_to_their_root() {
        let nonce = timestamp_request::read(sample!("head.tsq")).unwrap().nonce.unwrap();
        for (name, reply, pem, signer, certificates) in SAMPLES {
            let chain = bundle(pem).certificates;
            let given = Given { note: NOTE, nonce: Some(&nonce), chain: Some(&chain), kept: &[] };
            let stamp = check(reply, &given).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(stamp.authority, format!("CN=Example {signer},O=Example Authority"));
            assert_eq!((stamp.accuracy, stamp.policy.as_str()), (Some(1_500_000), "1.3.6.1.4.1.99999.1"));
            let path = stamp.path.unwrap();
            assert_eq!(path.len(), certificates, "{name}");
            // As it is stored, it leads to the same root again.
            let stored = bundle(to_pem(&path).as_bytes()).certificates;
            assert_eq!(judge(reply, &stored).unwrap().path.unwrap().len(), certificates);
            assert!(check(reply, &Given { chain: None, ..given }).unwrap().path.is_none());
        }
    }

    #[test]
    fn what_does_not_belong_to_a_reply_is_refused() {
        for (name, reply, pem, ..) in SAMPLES {
            let chain = bundle(pem).certificates;
            let given = Given { note: NOTE, nonce: None, chain: Some(&chain), kept: &[] };
            assert_eq!(check(reply, &Given { note: b"another note", ..given }).unwrap_err(), Fault::Imprint);
            assert_eq!(check(reply, &Given { nonce: Some(&[1; 8]), ..given }).unwrap_err(), Fault::Nonce);
            assert!(matches!(check(reply, &Given { chain: Some(&[]), ..given }), Err(Fault::Path(_))), "{name}");
            for (other, _, wrong, ..) in SAMPLES.iter().filter(|s| s.2 != pem) {
                let wrong = bundle(wrong).certificates;
                let fault = check(reply, &Given { chain: Some(&wrong), ..given }).unwrap_err();
                assert!(matches!(fault, Fault::Path(_)), "{name} under {other}: {fault}");
                // What is kept beside the token ends nothing.
                assert!(check(reply, &Given { chain: Some(&wrong), kept: &chain, ..given }).is_err());
            }
        }
    }

    #[test]
    fn an_authority_between_is_no_root_and_may_be_kept_beside_the_token() {
        let (_, reply, pem, ..) = SAMPLES[3];
        let [between, root] = &bundle(pem).certificates[..] else { panic!("two certificates") };
        let given = |chain, kept| check(reply, &Given { note: NOTE, nonce: None, chain: Some(chain), kept });
        assert!(matches!(given(std::slice::from_ref(between), &[]), Err(Fault::Path(_))));
        assert!(matches!(given(std::slice::from_ref(root), &[]), Err(Fault::Path(_))));
        assert_eq!(given(std::slice::from_ref(root), std::slice::from_ref(between)).unwrap().path.unwrap().len(), 3);
    }

    #[test]
    fn cut_replies_are_refused() {
        for (_, reply, pem, ..) in SAMPLES {
            let chain = bundle(pem).certificates;
            for cut in 0..reply.len() {
                assert!(judge(&reply[..cut], &chain).is_err(), "{cut}");
            }
            assert!(judge(&[reply, &[0]].concat(), &chain).is_err());
        }
    }

    fn next(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *seed >> 20
    }

    /// Some bytes mean nothing here, such as a version; no flip changes what a reply that holds says.
    #[test]
    fn flipped_replies_are_refused_or_say_the_same() {
        let mut seed = 4;
        for (name, reply, pem, ..) in SAMPLES {
            let chain = bundle(pem).certificates;
            let whole = judge(reply, &chain).unwrap();
            let mut held = 0;
            for at in 0..reply.len() {
                let mut bytes = reply.to_vec();
                bytes[at] ^= 1 << (next(&mut seed) % 8);
                if let Ok(stamp) = judge(&bytes, &chain) {
                    held += 1;
                    assert_eq!((stamp.time, &stamp.authority), (whole.time, &whole.authority), "{name} byte {at}");
                    assert_eq!((&stamp.serial, &stamp.policy), (&whole.serial, &whole.policy), "{name} byte {at}");
                }
            }
            assert!(held < 24, "{name}: {held} flips held");
        }
    }

    #[test]
    fn many_random_changes_at_once_never_panic() {
        let mut seed = 9;
        for (_, reply, pem, ..) in SAMPLES {
            let chain = bundle(pem).certificates;
            for _ in 0..1_000 {
                let mut bytes = reply.to_vec();
                for _ in 0..1 + next(&mut seed) % 6 {
                    let at = usize::try_from(next(&mut seed)).unwrap() % bytes.len();
                    bytes[at] = next(&mut seed).to_le_bytes()[0];
                }
                let _ = judge(&bytes, &chain);
                let _ = timestamp_request::read(&bytes);
            }
        }
    }

    #[test]
    fn a_root_with_any_flipped_byte_is_none() {
        let mut seed = 5;
        for (name, reply, pem, ..) in SAMPLES {
            let chain = bundle(pem).certificates;
            for at in 0..chain.last().unwrap().raw.len() {
                let mut raw = chain.last().unwrap().raw.clone();
                raw[at] ^= 1 << (next(&mut seed) % 8);
                let Ok(root) = Certificate::read(&raw) else { continue };
                let mut changed = chain.clone();
                *changed.last_mut().unwrap() = root;
                assert!(judge(reply, &changed).is_err(), "{name} byte {at}");
            }
        }
    }
}
