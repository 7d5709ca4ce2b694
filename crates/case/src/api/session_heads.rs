//! Signed heads and disclosure packages, asked of a session.

use super::session_acts::bytes;
use super::{DiscloseAsked, HeadAct, HeadKey, HeadStamp, Heads, MadeFile, PackageMade, PackageRows, Response, Session};
use crate::anchors::timestamp::{self, Listed, Reply};
use crate::disclose::{self, Blocks, Mask, Wanted};
use crate::error::{CaseError, Result};
use crate::keys::{self, CaseKey, HeldKey, KeyStore, Passphrase, Wanting};
use crate::printed::{self, Language};
use crate::seal::{self, Sealed};
use crate::store::Store;
use crate::{anchors, info};
use ledger::{Signed, VerifierKey, base64_encode};
use std::path::Path;
use zeroize::Zeroizing;

impl Session {
    pub(super) fn heads(&self, asked: HeadAct) -> Result<Response> {
        let case = self.path();
        match asked {
            HeadAct::Show => {}
            HeadAct::Seal => {
                seal::seal(case)?;
            }
            HeadAct::Unlock { key, passphrase } => keys::unlock(&keys::find(&key)?.key, &typed(passphrase)?)?,
            HeadAct::NewKey { name, passphrase } => {
                let store = if passphrase.is_some() { KeyStore::File } else { KeyStore::System };
                let mut typed_once = passphrase.map(typed).transpose()?;
                let none = || CaseError::Key("a key in a file needs a passphrase".into());
                let held = keys::create(name.as_deref(), Some(store), &mut || typed_once.clone().ok_or_else(none))?;
                // Who just made it need not type the passphrase again.
                if let Some(passphrase) = typed_once.take() {
                    keys::unlock(&held.key, &passphrase)?;
                }
            }
            HeadAct::UseKey { key } => {
                keys::use_key(case, &keys::find(&key)?)?;
            }
            HeadAct::RotateKey { from, to } => {
                keys::rotate(case, Some(&from), &keys::find(&to)?)?;
            }
            HeadAct::RevokeKey { key, reason } => {
                keys::revoke(case, &key, &reason)?;
            }
            HeadAct::AddNote { note } => {
                anchors::add_note(case, note.as_bytes())?;
            }
            HeadAct::TimestampAdd { reply, note, request, chain } => {
                let (token, note) = (bytes(&reply)?, bytes(&note)?);
                let (request, chain) = (request.as_deref().map(bytes).transpose()?, chain.as_deref().map(bytes).transpose()?);
                let reply = Reply { token: &token, note: &note, request: request.as_deref(), chain: chain.as_deref() };
                timestamp::add(&mut Store::open(case)?, &reply)?;
            }
            HeadAct::Print { language } => {
                let language = match language.as_str() {
                    "ko" => Language::Korean,
                    "en" => Language::English,
                    _ => return Err(CaseError::Refused(format!("{language} is no language of the sheet: en, ko"))),
                };
                let sheet = printed::head(case, &seal::seal(case)?, language)?;
                return Ok(made([(format!("{}.pdf", self.stem("head")?), sheet)]));
            }
            HeadAct::TimestampRequest => {
                let (request, stem) = (timestamp::request(&self.store()?)?, self.stem("head")?);
                return Ok(made([(format!("{stem}.tsq"), request.bytes), (format!("{stem}.note"), request.note.into_bytes())]));
            }
        }
        Ok(Response::Heads { heads: shown(case)? })
    }

    /// `laptop-head-12`: the case's title, what it is, and the entries it is of.
    fn stem(&self, of: &str) -> Result<String> {
        let info = info::info(&self.store()?)?;
        Ok(format!("{}-{of}-{}", info.title, info.entries))
    }

    pub(super) fn disclose(&self, asked: DiscloseAsked) -> Result<Response> {
        let out = self.paths(std::slice::from_ref(&asked.handle))?.remove(0);
        let wanted = Wanted {
            view: asked.view,
            filters: asked.query.filters,
            from: asked.query.from,
            to: asked.query.to,
            masks: Mask::read(&asked.masks.join(","))?,
            blocks: Blocks::read(&asked.blocks)?,
            annex_to: asked.annex_to,
            recipient: asked.recipient,
            out,
            // The host has asked the person already.
            overwrite: true,
        };
        Ok(Response::Job { job: self.jobs.disclose(self.path().to_owned(), wanted, asked.handle) })
    }
}

fn typed(passphrase: String) -> Result<Passphrase> {
    Passphrase::new(Zeroizing::new(passphrase))
}

fn made<const N: usize>(files: [(String, Vec<u8>); N]) -> Response {
    Response::Made { files: files.map(|(name, bytes)| MadeFile { name, base64: base64_encode(&bytes) }).into() }
}

fn shown(case: &Path) -> Result<Heads> {
    let Sealed { checkpoint, signed } = seal::newest_of(&Store::read(case)?)?;
    let signed_by = match &signed {
        Signed::ByCase(keys) => keys.iter().map(|k| k.name().to_owned()).collect(),
        Signed::NotByCase | Signed::NoKey | Signed::Forged { .. } => Vec::new(),
    };
    let state = match &signed {
        Signed::ByCase(_) => "signed",
        Signed::NotByCase => "not-signed",
        Signed::NoKey => "no-key",
        Signed::Forged { .. } => "forged",
    };
    let own = keys::of_case(case)?;
    Ok(Heads {
        entries: checkpoint.head.size.to_string(),
        root: hex::encode(checkpoint.head.root),
        words: printed::words_of_root(&checkpoint.head.root).into_iter().map(Into::into).collect(),
        note: checkpoint.to_note(),
        signed: state.into(),
        signed_by,
        keys: own.iter().map(|CaseKey { key, here }| key_shown(key, *here)).collect::<Result<_>>()?,
        others: keys::free(case)?
            .into_iter()
            .map(|HeldKey { key, store }| key_shown(&key, Some(store)))
            .collect::<Result<_>>()?,
        timestamps: timestamp::list(&Store::read(case)?)?.into_iter().map(stamp_shown).collect(),
    })
}

fn key_shown(key: &VerifierKey, place: Option<KeyStore>) -> Result<HeadKey> {
    let (state, why) = match keys::wanting(key)? {
        None => ("ready", None),
        Some(Wanting::Passphrase(_)) => ("locked", None),
        Some(Wanting::System(why)) => ("closed", Some(why)),
        Some(Wanting::NotHere) => ("elsewhere", None),
    };
    let place = place.map_or("elsewhere", KeyStore::name).into();
    Ok(HeadKey { name: key.name().into(), key: key.to_string(), place, state: state.into(), why })
}

fn stamp_shown(stamp: Listed) -> HeadStamp {
    let Listed { anchor, size, time, authority, fault, .. } = stamp;
    HeadStamp { entry: anchor.to_string(), size: size.to_string(), time, authority, fault }
}

impl PackageMade {
    pub(super) fn of(made: disclose::Outcome, wanted: &Wanted, handle: String) -> Self {
        let rows = made.disclosed.rows.iter().map(|((import, table), t)| PackageRows {
            import: *import,
            table: table.name().into(),
            shown: t.shown.to_string(),
            of: t.of.to_string(),
        });
        Self {
            handle,
            path: wanted.out.display().to_string(),
            bytes: made.bytes.to_string(),
            rows: rows.collect(),
            masked: made.disclosed.masked.iter().map(|(name, n)| (name.clone(), n.to_string())).collect(),
            ranges: made.disclosed.blocks.size.to_string(),
            verdict: made.report.verdict.word().into(),
            sha256: made.sha256,
            entry: made.entry.to_string(),
            remarks: made.remarks,
        }
    }
}
