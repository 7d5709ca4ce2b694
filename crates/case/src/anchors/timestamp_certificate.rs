//! Certificates: read from DER and from PEM, and what each may be used for. Source: RFC 5280.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

use super::timestamp_check::Fault;
use super::timestamp_der::{Parts, context, malformed};
use super::timestamp_signature::{Message, Wrong, verify};
use der::asn1::ObjectIdentifier;
use der::{Decode, Encode, Tag};
use x509_cert::certificate::Certificate as Parsed;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier};

/// Most bytes of a file of certificates, and most certificates in it.
pub const MAX_PEM: usize = 4 << 20;
pub const MAX_CERTIFICATES: usize = 1_000;
/// Most bytes of one certificate.
const MAX_CERTIFICATE: usize = 1 << 16;

const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
const ANY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
/// Critical extensions that are looked at, and those of policies, which are told as not checked.
const KNOWN: [&str; 7] = ["2.5.29.15", "2.5.29.19", "2.5.29.37", "2.5.29.32", "2.5.29.33", "2.5.29.36", "2.5.29.54"];

/// One certificate.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// Its exact bytes.
    pub raw: Vec<u8>,
    /// What its issuer signed: exact bytes.
    signed: Vec<u8>,
    /// Names and number as they stand there.
    subject: Vec<u8>,
    issuer: Vec<u8>,
    serial: Vec<u8>,
    parsed: Parsed,
}

/// Certificates of a PEM text.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    pub certificates: Vec<Certificate>,
    /// Blocks that are no certificate this program can read.
    pub unread: usize,
}

impl Certificate {
    pub fn read(raw: &[u8]) -> Result<Self, Fault> {
        const OF: &str = "a certificate";
        let bad = |what| malformed(OF, what);
        if raw.len() > MAX_CERTIFICATE {
            return Err(bad("more bytes than are read"));
        }
        let signed = Parts::only(OF, raw, Tag::Sequence)?.parts(OF)?.take(Tag::Sequence, "what is signed")?;
        let parsed = Parsed::from_der(raw).map_err(|_| bad("its form"))?;
        // Both copies say by which algorithm it is signed. Source: RFC 5280 section 4.1.1.2.
        if parsed.signature_algorithm() != parsed.tbs_certificate().signature() {
            return Err(bad("one algorithm"));
        }
        let mut parts = signed.parts(OF)?;
        parts.option(context(true, 0), "its version")?;
        let serial = parts.take(Tag::Integer, "its number")?.value.to_vec();
        parts.take(Tag::Sequence, "its algorithm")?;
        let issuer = parts.take(Tag::Sequence, "its issuer")?.raw.to_vec();
        parts.take(Tag::Sequence, "its validity")?;
        let subject = parts.take(Tag::Sequence, "its subject")?.raw.to_vec();
        Ok(Self { raw: raw.to_vec(), signed: signed.raw.to_vec(), subject, issuer, serial, parsed })
    }

    /// The subject as RFC 4514 writes it; characters are as they stand in the certificate.
    pub fn name(&self) -> String {
        self.parsed.tbs_certificate().subject().to_string()
    }
    pub fn issuer_name(&self) -> String {
        self.parsed.tbs_certificate().issuer().to_string()
    }

    pub fn is_named(&self, issuer: &[u8], serial: &[u8]) -> bool {
        self.issuer == issuer && self.serial == serial
    }
    pub fn has_key_id(&self, id: &[u8]) -> bool {
        let found = self.parsed.tbs_certificate().get_extension::<SubjectKeyIdentifier>();
        found.is_ok_and(|e| e.is_some_and(|(_, known)| known.0.as_bytes() == id))
    }

    /// Whether it names `issuer` as who signed it; the signature is another question.
    pub fn names_as_issuer(&self, issuer: &Certificate) -> bool {
        self.issuer == issuer.subject
    }
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether `issuer`'s key signed it.
    pub fn is_signed_by(&self, issuer: &Certificate) -> Result<(), Wrong> {
        let algorithm = self.parsed.signature_algorithm().to_der().map_err(|_| Wrong::Malformed)?;
        let signature = self.parsed.signature().as_bytes().ok_or(Wrong::Malformed)?;
        issuer.verifies(&Message { bytes: &self.signed, digest: None }, &algorithm, signature)
    }

    /// Whether its key made `signature`; `algorithm` in DER.
    pub fn verifies(&self, message: &Message<'_>, algorithm: &[u8], signature: &[u8]) -> Result<(), Wrong> {
        verify(self.parsed.tbs_certificate().subject_public_key_info(), algorithm, message, signature)
    }

    fn wrong(&self, why: impl Into<String>) -> Fault {
        Fault::Certificate { subject: self.name(), why: why.into() }
    }

    /// Valid at a time, in seconds since 1970.
    pub fn check_validity(&self, at: i64) -> Result<(), Fault> {
        let validity = self.parsed.tbs_certificate().validity();
        let seconds = |t: &x509_cert::time::Time| i64::try_from(t.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
        if at < seconds(&validity.not_before) || at > seconds(&validity.not_after) {
            let (from, to) = (validity.not_before, validity.not_after);
            return Err(self.wrong(format!("it was not valid at that time, but from {from} to {to}")));
        }
        Ok(())
    }

    /// That it may sign time-stamps: "extended key usage" is critical and names nothing else.
    /// Source: RFC 3161 section 2.3.
    pub fn check_time_stamping(&self) -> Result<(), Fault> {
        self.check_extensions()?;
        match self.extension::<ExtendedKeyUsage>()? {
            None => return Err(self.wrong("it is not one for time-stamping: it has no extended key usage")),
            Some((_, usage)) if usage.0 != [TIME_STAMPING] => {
                return Err(self.wrong("it is not one for time-stamping alone, by its extended key usage"));
            }
            Some((false, _)) => return Err(self.wrong("its extended key usage is not marked critical")),
            Some((true, _)) => {}
        }
        match self.extension::<KeyUsage>()? {
            Some((_, usage)) if !usage.digital_signature() && !usage.non_repudiation() => {
                Err(self.wrong("its key usage does not allow signatures"))
            }
            _ => Ok(()),
        }
    }

    /// That it may sign certificates, with `below` authorities between it and the last one.
    pub fn check_authority(&self, below: usize) -> Result<(), Fault> {
        self.check_extensions()?;
        match self.extension::<BasicConstraints>()? {
            Some((_, basic)) if basic.ca => {
                if basic.path_len_constraint.is_some_and(|most| below > usize::from(most)) {
                    return Err(self.wrong("it allows fewer authorities below it"));
                }
            }
            _ => return Err(self.wrong("it is not an authority's: its basic constraints do not say so")),
        }
        if self.extension::<KeyUsage>()?.is_some_and(|(_, usage)| !usage.key_cert_sign()) {
            return Err(self.wrong("its key usage does not allow it to sign certificates"));
        }
        match self.extension::<ExtendedKeyUsage>()? {
            Some((_, usage)) if !usage.0.contains(&TIME_STAMPING) && !usage.0.contains(&ANY_USAGE) => {
                Err(self.wrong("its extended key usage is not for time-stamping"))
            }
            _ => Ok(()),
        }
    }

    /// At most one extension of each kind, and no critical one that is not known here.
    fn check_extensions(&self) -> Result<(), Fault> {
        let all = self.parsed.tbs_certificate().extensions().map_or(&[][..], |e| e.as_slice());
        let strange = all.iter().find(|e| e.critical && !KNOWN.iter().any(|k| e.extn_id.to_string() == *k));
        match strange {
            Some(e) => Err(self.wrong(format!("it has a critical extension that is not known here: {}", e.extn_id))),
            None => Ok(()),
        }
    }

    fn extension<'a, T>(&'a self) -> Result<Option<(bool, T)>, Fault>
    where
        T: Decode<'a, Error = der::Error> + der::oid::AssociatedOid,
    {
        self.parsed.tbs_certificate().get_extension::<T>().map_err(|_| self.wrong("an extension of it cannot be read"))
    }
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The certificates of a PEM text; other text around them is passed over. Source: RFC 7468.
pub fn read_pem(text: &[u8]) -> Result<Bundle, Fault> {
    const OF: &str = "the file of certificates";
    let bad = |what| malformed(OF, what);
    if text.len() > MAX_PEM {
        return Err(bad("more bytes than are read"));
    }
    let text = String::from_utf8_lossy(text);
    let mut bundle = Bundle::default();
    let mut rest = &*text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let (body, next) = after.split_once(END).ok_or(bad("the end of a certificate"))?;
        rest = next;
        if bundle.certificates.len() == MAX_CERTIFICATES {
            return Err(bad("more certificates than are read"));
        }
        let body: String = body.split_whitespace().collect();
        match ledger::base64_decode(&body).and_then(|raw| Certificate::read(&raw).ok()) {
            Some(certificate) => bundle.certificates.push(certificate),
            None => bundle.unread = bundle.unread.saturating_add(1),
        }
    }
    if bundle.certificates.is_empty() {
        return Err(bad("a certificate in PEM"));
    }
    Ok(bundle)
}

/// Certificates as PEM, and nothing else.
pub fn to_pem(certificates: &[Certificate]) -> String {
    let mut out = String::new();
    for certificate in certificates {
        let body = ledger::base64_encode(&certificate.raw);
        out.push_str(BEGIN);
        for (i, c) in body.chars().enumerate() {
            if i % 64 == 0 {
                out.push('\n');
            }
            out.push(c);
        }
        out.push('\n');
        out.push_str(END);
        out.push('\n');
    }
    out
}
