//! What a reply of a time-stamping authority says, taken apart and not yet believed.
//! Sources: RFC 3161 section 2.4.2, RFC 5652 (CMS) section 5, RFC 5035 (ESS).
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

use super::timestamp_check::Fault;
use super::timestamp_der::{Part, Parts, context, malformed};
use der::Tag;
use der::asn1::ObjectIdentifier;
use jiff::Timestamp;
use ledger::Hash;

/// Most bytes of a reply.
pub const MAX_REPLY: usize = 1 << 20;
/// Most certificates of a token that are looked at, and most attributes and texts.
const MAX_PARTS: usize = 64;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}
pub const SHA1: ObjectIdentifier = oid("1.3.14.3.2.26");
pub const SHA256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");

/// A digest, and by which algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imprint {
    pub algorithm: ObjectIdentifier,
    pub digest: Vec<u8>,
}

impl Imprint {
    pub fn is_sha256_of(&self, digest: &Hash) -> bool {
        self.algorithm == SHA256 && self.digest == digest
    }
}

/// What was signed: `TSTInfo`.
#[derive(Debug)]
pub struct Info {
    pub policy: ObjectIdentifier,
    pub imprint: Imprint,
    /// Bytes of the number.
    pub serial: Vec<u8>,
    pub time: Timestamp,
    /// Microseconds either way, where it is said.
    pub accuracy: Option<u64>,
    /// Bytes of the number.
    pub nonce: Option<Vec<u8>>,
}

/// By what the signer's certificate is named.
#[derive(Debug)]
pub enum Signer<'a> {
    /// The issuer's name in DER, the bytes of the serial number.
    Issued {
        issuer: &'a [u8],
        serial: &'a [u8],
    },
    KeyId(&'a [u8]),
}

/// A token, by its parts.
#[derive(Debug)]
pub struct Token<'a> {
    pub info: Info,
    /// The exact bytes of `TSTInfo`.
    pub content: &'a [u8],
    /// Each in DER, as they stand in the token.
    pub certificates: Vec<&'a [u8]>,
    pub signer: Signer<'a>,
    pub digest_algorithm: ObjectIdentifier,
    /// The signed attributes as they are signed: their own bytes under the tag of a set.
    pub attributes: Vec<u8>,
    /// The attribute "message digest".
    pub message_digest: &'a [u8],
    /// Digest of the signer's certificate, from the attribute "signing certificate" of either version.
    pub certificate_digest: Imprint,
    /// The algorithm of the signature in DER.
    pub signature_algorithm: &'a [u8],
    pub signature: &'a [u8],
}

/// Reads a `TimeStampResp` whose status is granted, to its last byte.
pub fn read(reply: &[u8]) -> Result<Token<'_>, Fault> {
    const OF: &str = "the reply";
    if reply.len() > MAX_REPLY {
        return Err(malformed(OF, "more bytes than are read"));
    }
    let mut parts = Parts::only(OF, reply, Tag::Sequence)?.parts(OF)?;
    granted(&parts.take(Tag::Sequence, "the status")?)?;
    let token = parts.take(Tag::Sequence, "the token")?;
    parts.end()?;
    let mut parts = token.parts("the token")?;
    if parts.take(Tag::ObjectIdentifier, "its type")?.oid("the token")? != SIGNED_DATA {
        return Err(malformed("the token", "signed data"));
    }
    let data = parts.take(context(true, 0), "signed data")?;
    parts.end()?;
    signed_data(&Parts::only("the signed data", data.value, Tag::Sequence)?)
}

/// Names of the bits of `PKIFailureInfo`. Source: RFC 3161 section 2.4.2.
const FAILURES: [(usize, &str); 8] = [
    (0, "algorithm not supported"),
    (2, "request not permitted"),
    (5, "data in the wrong format"),
    (14, "the authority's clock is not available"),
    (15, "policy not supported"),
    (16, "extension not supported"),
    (17, "additional information not available"),
    (25, "failure of the authority's system"),
];

fn granted(status: &Part<'_>) -> Result<(), Fault> {
    const OF: &str = "the status";
    let mut parts = status.parts(OF)?;
    let number = parts.take(Tag::Integer, "its number")?.number(OF)?;
    if number <= 1 {
        return Ok(());
    }
    let mut says = match number {
        2 => "rejection".to_owned(),
        3 => "waiting".to_owned(),
        4 => "revocation is near".to_owned(),
        5 => "revoked".to_owned(),
        n => format!("status {n}"),
    };
    if let Some(texts) = parts.option(Tag::Sequence, "its texts")? {
        for text in texts.parts(OF)?.rest(MAX_PARTS, "a text")? {
            says = format!("{says}: {}", String::from_utf8_lossy(text.value));
        }
    }
    if let Some(bits) = parts.option(Tag::BitString, "its reasons")? {
        let set = |bit: usize| {
            let byte = bits.value.get((bit / 8).saturating_add(1)).copied().unwrap_or(0);
            byte & (0x80 >> (bit % 8)) != 0
        };
        for (_, name) in FAILURES.iter().filter(|(bit, _)| set(*bit)) {
            says = format!("{says}; {name}");
        }
    }
    Err(Fault::NotGranted(says))
}

/// Source: RFC 5652 section 5.1.
fn signed_data<'a>(data: &Part<'a>) -> Result<Token<'a>, Fault> {
    const OF: &str = "the signed data";
    let mut parts = data.parts(OF)?;
    parts.take(Tag::Integer, "its version")?;
    parts.take(Tag::Set, "its digests")?;
    let mut inner = parts.take(Tag::Sequence, "its content")?.parts(OF)?;
    if inner.take(Tag::ObjectIdentifier, "the type of its content")?.oid(OF)? != TST_INFO {
        return Err(malformed(OF, "a time-stamp as its content"));
    }
    let wrapped = inner.take(context(true, 0), "its content")?;
    inner.end()?;
    let content = Parts::only(OF, wrapped.value, Tag::OctetString)?.value;
    let certificates = match parts.option(context(true, 0), "its certificates")? {
        Some(set) => set.parts(OF)?.rest(MAX_PARTS, "a certificate")?,
        None => Vec::new(),
    };
    parts.option(context(true, 1), "its revocation lists")?;
    let signers = parts.take(Tag::Set, "its signers")?;
    parts.end()?;
    // Exactly one signature. Source: RFC 3161 section 2.4.2.
    let signer = Parts::only("the set of signers", signers.value, Tag::Sequence)?;
    let certificates = certificates.iter().filter(|c| c.tag == Tag::Sequence).map(|c| c.raw).collect();
    signer_info(&signer, content, certificates)
}

/// Source: RFC 5652 section 5.3.
fn signer_info<'a>(signer: &Part<'a>, content: &'a [u8], certificates: Vec<&'a [u8]>) -> Result<Token<'a>, Fault> {
    const OF: &str = "the signer";
    let mut parts = signer.parts(OF)?;
    parts.take(Tag::Integer, "its version")?;
    let named = parts.next("its name")?;
    let signer = if named.tag == context(false, 0) {
        Signer::KeyId(named.value)
    } else if named.tag == Tag::Sequence {
        let mut name = named.parts(OF)?;
        let issuer = name.take(Tag::Sequence, "the issuer of its certificate")?.raw;
        let serial = name.take(Tag::Integer, "the number of its certificate")?.value;
        name.end()?;
        Signer::Issued { issuer, serial }
    } else {
        return Err(malformed(OF, "its name"));
    };
    let digest_algorithm = algorithm(&parts.take(Tag::Sequence, "its digest")?, OF)?;
    let set = parts.take(context(true, 0), "signed attributes")?;
    let mut attributes = set.raw.to_vec();
    if let Some(first) = attributes.first_mut() {
        *first = 0x31;
    }
    let signature_algorithm = parts.take(Tag::Sequence, "its algorithm")?.raw;
    let signature = parts.take(Tag::OctetString, "its signature")?.value;
    parts.option(context(true, 1), "attributes that are not signed")?;
    parts.end()?;
    let attribute = Attributes::of(&set)?;
    if attribute.one(CONTENT_TYPE, "content type")?.oid(OF)? != TST_INFO {
        return Err(Fault::Attribute("the content type is not that of a time-stamp"));
    }
    let digest = attribute.one(MESSAGE_DIGEST, "message digest")?;
    if digest.tag != Tag::OctetString {
        return Err(malformed(OF, "the message digest"));
    }
    Ok(Token {
        info: info(content)?,
        content,
        certificates,
        signer,
        digest_algorithm,
        attributes,
        message_digest: digest.value,
        certificate_digest: attribute.certificate_digest()?,
        signature_algorithm,
        signature,
    })
}

/// Signed attributes: the type of each and its one value.
struct Attributes<'a>(Vec<(ObjectIdentifier, Part<'a>)>);

impl<'a> Attributes<'a> {
    fn of(set: &Part<'a>) -> Result<Self, Fault> {
        const OF: &str = "the signed attributes";
        let mut all = Vec::new();
        for attribute in set.parts(OF)?.rest(MAX_PARTS, "an attribute")? {
            if attribute.tag != Tag::Sequence {
                return Err(malformed(OF, "an attribute"));
            }
            let mut parts = attribute.parts(OF)?;
            let kind = parts.take(Tag::ObjectIdentifier, "a type")?.oid(OF)?;
            let values = parts.take(Tag::Set, "values")?.parts(OF)?.rest(MAX_PARTS, "a value")?;
            parts.end()?;
            all.extend(values.into_iter().map(|v| (kind, v)));
        }
        Ok(Self(all))
    }

    fn maybe(&self, kind: ObjectIdentifier) -> Result<Option<Part<'a>>, Fault> {
        let mut found = self.0.iter().filter(|(k, _)| *k == kind).map(|(_, v)| *v);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(Fault::Attribute("an attribute stands there twice")),
            (one, None) => Ok(one),
        }
    }

    fn one(&self, kind: ObjectIdentifier, what: &'static str) -> Result<Part<'a>, Fault> {
        self.maybe(kind)?.ok_or(malformed("the signed attributes", what))
    }

    /// The first `ESSCertID` or `ESSCertIDv2`, which is the signer's. Source: RFC 5035 sections 3 to 5.
    fn certificate_digest(&self) -> Result<Imprint, Fault> {
        const OF: &str = "the attribute of the signing certificate";
        let (attribute, second) = match self.maybe(SIGNING_CERTIFICATE_V2)? {
            Some(v2) => (v2, true),
            None => (self.one(SIGNING_CERTIFICATE, "the signing certificate")?, false),
        };
        let first = attribute.parts(OF)?.take(Tag::Sequence, "its list")?.parts(OF)?.take(Tag::Sequence, "its first")?;
        let mut parts = first.parts(OF)?;
        let stated = if second { parts.option(Tag::Sequence, "a digest's algorithm")? } else { None };
        let by = match stated {
            Some(stated) => algorithm(&stated, OF)?,
            None if second => SHA256,
            None => SHA1,
        };
        Ok(Imprint { algorithm: by, digest: parts.take(Tag::OctetString, "the digest")?.value.to_vec() })
    }
}

/// `AlgorithmIdentifier` of a digest: parameters absent or NULL.
fn algorithm(part: &Part<'_>, of: &'static str) -> Result<ObjectIdentifier, Fault> {
    let mut parts = part.parts(of)?;
    let named = parts.take(Tag::ObjectIdentifier, "an algorithm")?.oid(of)?;
    parts.option(Tag::Null, "parameters")?;
    parts.end()?;
    Ok(named)
}

/// `MessageImprint`.
pub fn imprint(part: &Part<'_>) -> Result<Imprint, Fault> {
    const OF: &str = "the imprint";
    let mut parts = part.parts(OF)?;
    let algorithm = algorithm(&parts.take(Tag::Sequence, "its algorithm")?, OF)?;
    let digest = parts.take(Tag::OctetString, "its digest")?.value.to_vec();
    parts.end()?;
    Ok(Imprint { algorithm, digest })
}

fn info(content: &[u8]) -> Result<Info, Fault> {
    const OF: &str = "the time-stamp";
    let mut parts = Parts::only(OF, content, Tag::Sequence)?.parts(OF)?;
    if parts.take(Tag::Integer, "its version")?.number(OF)? != 1 {
        return Err(malformed(OF, "its version"));
    }
    let policy = parts.take(Tag::ObjectIdentifier, "its policy")?.oid(OF)?;
    let imprint = imprint(&parts.take(Tag::Sequence, "the imprint")?)?;
    let serial = parts.take(Tag::Integer, "its number")?.value.to_vec();
    let time = parts.take(Tag::GeneralizedTime, "its time")?;
    let time = generalized_time(time.value).ok_or(malformed(OF, "its time"))?;
    let accuracy = parts.option(Tag::Sequence, "its accuracy")?.map(|a| accuracy(&a)).transpose()?;
    parts.option(Tag::Boolean, "its ordering")?;
    let nonce = parts.option(Tag::Integer, "its nonce")?.map(|n| n.value.to_vec());
    parts.option(context(true, 0), "the authority's name")?;
    if let Some(extensions) = parts.option(context(true, 1), "its extensions")? {
        for extension in extensions.parts(OF)?.rest(MAX_PARTS, "an extension")? {
            let mut extension = extension.parts(OF)?;
            extension.take(Tag::ObjectIdentifier, "an extension")?;
            if extension.option(Tag::Boolean, "an extension")?.is_some_and(|critical| critical.value != [0]) {
                return Err(malformed(OF, "a critical extension, which is not known here"));
            }
        }
    }
    parts.end()?;
    Ok(Info { policy, imprint, serial, time, accuracy, nonce })
}

fn accuracy(part: &Part<'_>) -> Result<u64, Fault> {
    const OF: &str = "the accuracy";
    let mut parts = part.parts(OF)?;
    let seconds = parts.option(Tag::Integer, "seconds")?.map(|n| n.number(OF)).transpose()?.unwrap_or(0);
    // From 1 to 999, under tags of their own.
    let small = |p: Part<'_>| p.value.iter().take(4).fold(0u64, |n, b| n << 8 | u64::from(*b));
    let millis = parts.option(context(false, 0), "milliseconds")?.map_or(0, small);
    let micros = parts.option(context(false, 1), "microseconds")?.map_or(0, small);
    parts.end()?;
    Ok(u64::from(seconds).saturating_mul(1_000_000).saturating_add(millis.saturating_mul(1_000)).saturating_add(micros))
}

/// `YYYYMMDDhhmmss[.f]Z`, up to nine digits of a second's fraction.
fn generalized_time(value: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(value).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 14 || !digits(whole) || fraction.is_some_and(|f| !digits(f) || f.len() > 9) {
        return None;
    }
    let at = |from: usize, to: usize| whole.get(from..to).unwrap_or_default();
    let fraction = fraction.map(|f| format!(".{f}")).unwrap_or_default();
    let (year, month, day) = (at(0, 4), at(4, 6), at(6, 8));
    format!("{year}-{month}-{day}T{}:{}:{}{fraction}Z", at(8, 10), at(10, 12), at(12, 14)).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let read = |t: &str| generalized_time(t.as_bytes()).map(|t| t.to_string());
        assert_eq!(read("20261123010203Z").as_deref(), Some("2026-11-23T01:02:03Z"));
        assert_eq!(read("20261123010203.25Z").as_deref(), Some("2026-11-23T01:02:03.25Z"));
        for bad in [
            "",
            "Z",
            "20261123010203",
            "2026112301020Z",
            "20261123010203.Z",
            "20261323010203Z",
            "2026112301-203Z",
            "20261123010203.1234567890Z",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
