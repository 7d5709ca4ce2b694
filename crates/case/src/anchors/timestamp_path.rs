//! The way from the authority's certificate up to a root that somebody gave. Source: RFC 5280
//! section 6, of which names, validity, signatures, basic constraints and key usages are checked;
//! revocation, policies and name constraints are not.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

use super::timestamp_certificate::Certificate;
use super::timestamp_check::Fault;
use super::timestamp_signature::Wrong;

/// Most certificates of a path.
const MAX_PATH: usize = 10;
/// Most signatures tried for one path.
const MAX_TRIES: usize = 64;

/// Certificates to build a path from.
#[derive(Clone, Copy)]
pub struct Sources<'c> {
    /// Trusted by who gave them where they are roots: signed by themselves.
    pub given: &'c [Certificate],
    /// Only ever between: from the token, or kept beside it.
    pub between: &'c [Certificate],
}

/// The path from `signer` to a root of those given, both included; all valid at `at`, in seconds
/// since 1970. Says the first reason found where there is none.
pub fn path<'c>(signer: &'c Certificate, sources: Sources<'c>, at: i64) -> Result<Vec<&'c Certificate>, Fault> {
    let mut search = Search { sources, at, tries: MAX_TRIES, reason: None };
    let mut path = vec![signer];
    if search.climb(&mut path) {
        return Ok(path);
    }
    Err(search.reason.unwrap_or(Fault::Path("no path to a root was found".into())))
}

struct Search<'c> {
    sources: Sources<'c>,
    at: i64,
    tries: usize,
    reason: Option<Fault>,
}

impl<'c> Search<'c> {
    /// Completes the path; leaves it as it was where it cannot.
    fn climb(&mut self, path: &mut Vec<&'c Certificate>) -> bool {
        let Some(last) = path.last().copied() else { return false };
        if self.is_root(last) {
            return true;
        }
        if path.len() >= MAX_PATH {
            return self.says(Fault::Path(format!("the path is longer than {MAX_PATH} certificates")));
        }
        let Sources { given, between } = self.sources;
        let mut named = false;
        for issuer in given.iter().chain(between).filter(|c| last.names_as_issuer(c)) {
            named = true;
            if path.iter().any(|c| c.raw == issuer.raw) {
                continue;
            }
            // Authorities between this one and the signer; those issued by themselves do not count.
            let below = path.iter().skip(1).filter(|c| !c.is_self_issued()).count();
            match self.signs(issuer, last, below) {
                Ok(()) => {
                    path.push(issuer);
                    if self.climb(path) {
                        return true;
                    }
                    path.pop();
                }
                Err(fault) => {
                    self.says(fault);
                }
            }
            if self.tries == 0 {
                return false;
            }
        }
        if !named {
            let (name, issuer) = (last.name(), last.issuer_name());
            self.says(if last.is_self_issued() {
                Fault::Path(format!("it ends at {name}, which is none of the roots given"))
            } else {
                Fault::Path(format!("the certificate of {issuer}, which issued that of {name}, was not given"))
            });
        } else if last.is_self_issued() {
            self.says(Fault::Path(format!("it ends at {}, which is none of the roots given", last.name())));
        }
        false
    }

    fn signs(&mut self, issuer: &Certificate, below: &Certificate, authorities: usize) -> Result<(), Fault> {
        self.tries = self.tries.saturating_sub(1);
        signature(below, below.is_signed_by(issuer))?;
        issuer.check_authority(authorities)?;
        issuer.check_validity(self.at)
    }

    /// Among those given, and signed by itself. Where its own signature is by an algorithm that is not
    /// checked, such as SHA-1, being given is enough: nothing rests on that signature.
    fn is_root(&mut self, certificate: &Certificate) -> bool {
        let given = self.sources.given.iter().any(|c| c.raw == certificate.raw);
        given
            && certificate.is_self_issued()
            && matches!(certificate.is_signed_by(certificate), Ok(()) | Err(Wrong::Unsupported(_)))
    }

    fn says(&mut self, fault: Fault) -> bool {
        self.reason.get_or_insert(fault);
        false
    }
}

/// The signature of a certificate, in words where it does not hold.
fn signature(of: &Certificate, checked: Result<(), Wrong>) -> Result<(), Fault> {
    let why = match checked {
        Ok(()) => return Ok(()),
        Err(Wrong::Differs) => "it is not signed by the key of the certificate given for its issuer".into(),
        Err(Wrong::Malformed) => "its signature, or the key of its issuer, cannot be read".into(),
        Err(Wrong::Unsupported(what)) => format!("its signature is not checked here: {what}"),
    };
    Err(Fault::Certificate { subject: of.name(), why })
}
