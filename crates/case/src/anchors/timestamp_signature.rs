//! Signatures by public keys: RSA (PKCS #1 v1.5 and PSS) and ECDSA (P-256, P-384), over SHA-256,
//! SHA-384 and SHA-512. Sources: RFC 8017, RFC 4055, RFC 5758.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

use super::timestamp_check::Fault;
use super::timestamp_der::{Part, Parts, context};
use super::timestamp_token::SHA256;
use der::Tag;
use der::asn1::ObjectIdentifier;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::traits::PublicKeyParts;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::SubjectPublicKeyInfo;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}
const RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");
const MGF1: ObjectIdentifier = oid("1.2.840.113549.1.1.8");
const EC: ObjectIdentifier = oid("1.2.840.10045.2.1");
const P256: ObjectIdentifier = oid("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = oid("1.3.132.0.34");

/// Keys below this are too weak to vouch for anything; the upper bound keeps the work small.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=4_096;
const MAX_SALT: u32 = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub fn of(algorithm: ObjectIdentifier) -> Option<Self> {
        const SHA384: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.2");
        const SHA512: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.3");
        [(SHA256, Self::Sha256), (SHA384, Self::Sha384), (SHA512, Self::Sha512)]
            .into_iter()
            .find(|(known, _)| *known == algorithm)
            .map(|(_, hash)| hash)
    }

    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

/// What was signed. `digest`: stated apart from the signature's algorithm, as CMS does; the two agree.
pub struct Message<'a> {
    pub bytes: &'a [u8],
    pub digest: Option<Hash>,
}

/// Why a signature does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is not over these bytes by this key.
    Differs,
    /// Key or algorithm cannot be read.
    Malformed,
    /// A key or an algorithm that is not checked here.
    Unsupported(String),
}

enum Scheme {
    Pkcs1(Hash),
    Pss(Hash, usize),
    Ecdsa(Hash),
}

/// Checks one signature; `algorithm` is an `AlgorithmIdentifier` in DER.
pub fn verify(key: &SubjectPublicKeyInfo, algorithm: &[u8], message: &Message<'_>, signature: &[u8]) -> Result<(), Wrong> {
    let scheme = scheme(algorithm, message.digest)?;
    let (Scheme::Pkcs1(hash) | Scheme::Pss(hash, _) | Scheme::Ecdsa(hash)) = scheme;
    if message.digest.is_some_and(|stated| stated != hash) {
        return Err(Wrong::Unsupported("two different digests".into()));
    }
    let digest = hash.digest(message.bytes);
    let bits = key.subject_public_key.as_bytes().ok_or(Wrong::Malformed)?;
    match scheme {
        Scheme::Ecdsa(_) if key.algorithm.oid == EC => ecdsa(key, bits, &digest, signature),
        Scheme::Pkcs1(_) if key.algorithm.oid == RSA => {
            use rsa::sha2;
            let padding = match hash {
                Hash::Sha256 => rsa::Pkcs1v15Sign::new::<sha2::Sha256>(),
                Hash::Sha384 => rsa::Pkcs1v15Sign::new::<sha2::Sha384>(),
                Hash::Sha512 => rsa::Pkcs1v15Sign::new::<sha2::Sha512>(),
            };
            rsa_key(bits)?.verify(padding, &digest, signature).map_err(|_| Wrong::Differs)
        }
        Scheme::Pss(_, salt) if key.algorithm.oid == RSA || key.algorithm.oid == RSA_PSS => {
            use rsa::sha2;
            let padding = match hash {
                Hash::Sha256 => rsa::Pss::new_with_salt::<sha2::Sha256>(salt),
                Hash::Sha384 => rsa::Pss::new_with_salt::<sha2::Sha384>(salt),
                Hash::Sha512 => rsa::Pss::new_with_salt::<sha2::Sha512>(salt),
            };
            rsa_key(bits)?.verify(padding, &digest, signature).map_err(|_| Wrong::Differs)
        }
        Scheme::Ecdsa(_) | Scheme::Pkcs1(_) | Scheme::Pss(..) => Err(Wrong::Differs),
    }
}

fn rsa_key(bits: &[u8]) -> Result<rsa::RsaPublicKey, Wrong> {
    let key = rsa::RsaPublicKey::from_pkcs1_der(bits).map_err(|_| Wrong::Unsupported("this RSA key".into()))?;
    let odd = key.n().to_bytes_le().first().is_some_and(|low| low & 1 == 1);
    match key.n().bits() {
        n if !RSA_BITS.contains(&n) => Err(Wrong::Unsupported(format!("an RSA key of {n} bits"))),
        _ if !odd => Err(Wrong::Malformed),
        _ => Ok(key),
    }
}

fn ecdsa(key: &SubjectPublicKeyInfo, point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), Wrong> {
    let curve = key.algorithm.parameters.as_ref().and_then(|p| p.decode_as::<ObjectIdentifier>().ok());
    match curve.ok_or(Wrong::Malformed)? {
        P256 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| Wrong::Malformed)?;
            let signature = p256::ecdsa::Signature::from_der(signature).map_err(|_| Wrong::Differs)?;
            key.verify_prehash(digest, &signature).map_err(|_| Wrong::Differs)
        }
        P384 => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| Wrong::Malformed)?;
            let signature = p384::ecdsa::Signature::from_der(signature).map_err(|_| Wrong::Differs)?;
            key.verify_prehash(digest, &signature).map_err(|_| Wrong::Differs)
        }
        other => Err(Wrong::Unsupported(format!("the curve {other}"))),
    }
}

fn scheme(algorithm: &[u8], stated: Option<Hash>) -> Result<Scheme, Wrong> {
    let (named, parameters) = named(algorithm, "an algorithm").map_err(|_| Wrong::Malformed)?;
    let unsupported = || Wrong::Unsupported(format!("the algorithm {named}"));
    match named.to_string().as_str() {
        "1.2.840.113549.1.1.11" => Ok(Scheme::Pkcs1(Hash::Sha256)),
        "1.2.840.113549.1.1.12" => Ok(Scheme::Pkcs1(Hash::Sha384)),
        "1.2.840.113549.1.1.13" => Ok(Scheme::Pkcs1(Hash::Sha512)),
        "1.2.840.10045.4.3.2" => Ok(Scheme::Ecdsa(Hash::Sha256)),
        "1.2.840.10045.4.3.3" => Ok(Scheme::Ecdsa(Hash::Sha384)),
        "1.2.840.10045.4.3.4" => Ok(Scheme::Ecdsa(Hash::Sha512)),
        _ if named == RSA => stated.map(Scheme::Pkcs1).ok_or_else(unsupported),
        _ if named == EC => stated.map(Scheme::Ecdsa).ok_or_else(unsupported),
        _ if named == RSA_PSS => pss(parameters),
        _ => Err(unsupported()),
    }
}

/// `RSASSA-PSS-params`: one digest for message and mask. Source: RFC 4055 section 3.1.
fn pss(parameters: Option<Part<'_>>) -> Result<Scheme, Wrong> {
    const OF: &str = "parameters of RSASSA-PSS";
    let read = || {
        let Some(parameters) = parameters else { return Ok(None) };
        let mut parts = parameters.parts(OF)?;
        let hash = parts.option(context(true, 0), "the digest")?.map(|p| named(p.value, OF)).transpose()?;
        let mask = parts.option(context(true, 1), "the mask")?.map(|p| named(p.value, OF)).transpose()?;
        let salt = match parts.option(context(true, 2), "the salt")? {
            Some(part) => Parts::only(OF, part.value, Tag::Integer)?.number(OF)?,
            None => 20,
        };
        if let Some(part) = parts.option(context(true, 3), "the trailer")?
            && Parts::only(OF, part.value, Tag::Integer)?.number(OF)? != 1
        {
            return Ok(None);
        }
        parts.end()?;
        let (Some((hash, _)), Some((MGF1, Some(inner)))) = (hash, mask) else { return Ok(None) };
        let inner = inner.parts(OF)?.take(Tag::ObjectIdentifier, "the mask's digest")?.oid(OF)?;
        Ok::<_, Fault>(Hash::of(hash).filter(|_| inner == hash && salt <= MAX_SALT).map(|h| (h, salt)))
    };
    match read().map_err(|_| Wrong::Malformed)? {
        Some((hash, salt)) => Ok(Scheme::Pss(hash, usize::try_from(salt).map_err(|_| Wrong::Malformed)?)),
        None => Err(Wrong::Unsupported("these parameters of RSASSA-PSS".into())),
    }
}

/// An `AlgorithmIdentifier`: its name and its parameters.
fn named<'a>(bytes: &'a [u8], of: &'static str) -> Result<(ObjectIdentifier, Option<Part<'a>>), Fault> {
    let mut parts = Parts::only(of, bytes, Tag::Sequence)?.parts(of)?;
    let named = parts.take(Tag::ObjectIdentifier, "its name")?.oid(of)?;
    Ok((named, parts.rest(1, "its parameters")?.first().copied()))
}
