//! `key`: keys of this machine and of a case. Passphrases come from files, or from the terminal.

use super::say_json;
use crate::Outcome;
use crate::args::{KeyAct, StoreKind};
use case::CaseError;
use case::keys::{self, HeldKey, KeyStore, Passphrase, Wanting};
use serde_json::json;
use std::io::IsTerminal;
use std::path::Path;
use zeroize::Zeroizing;

pub fn run(act: KeyAct) -> Result<Outcome, CaseError> {
    match act {
        KeyAct::New { name, store, json } => new(name.as_deref(), store, json),
        KeyAct::List { case, json } => list(case.as_deref(), json),
        KeyAct::Use { case, key } => {
            let held = keys::find(&key)?;
            unlock(&held)?;
            let entry = keys::use_key(&case, &held)?;
            println!("{} signs this case from now on (entry {entry})", held.key);
            Ok(Outcome::Done)
        }
        KeyAct::Rotate { case, to } => {
            let held = keys::find(&to)?;
            unlock(&held)?;
            unlock_for(&case)?;
            let entry = keys::rotate(&case, None, &held)?;
            println!("{} signs this case from now on in place of the key before (entry {entry})", held.key);
            Ok(Outcome::Done)
        }
        KeyAct::Revoke { case, key, reason } => {
            let entry = keys::revoke(&case, &key, &reason)?;
            println!("{key} is no key of this case from now on (entry {entry}); what it signed before stands");
            Ok(Outcome::Done)
        }
    }
}

fn new(name: Option<&str>, store: Option<StoreKind>, json: bool) -> Result<Outcome, CaseError> {
    let store = store.map(|s| match s {
        StoreKind::System => KeyStore::System,
        StoreKind::File => KeyStore::File,
    });
    let held = keys::create(name, store, &mut || match keys::first_given()? {
        Some(passphrase) => Ok(passphrase),
        None => twice(),
    })?;
    if json {
        say_json(&of(&held))?;
    } else {
        println!("{}", held.key);
        let place = match held.store {
            KeyStore::System => "kept in the system's key store",
            KeyStore::File => "kept in a file, under the passphrase",
        };
        println!("{place}; give the line above to whoever is to check signatures");
    }
    Ok(Outcome::Done)
}

fn of(held: &HeldKey) -> serde_json::Value {
    json!({"name": held.key.name(), "key": held.key.to_string(), "store": held.store.name()})
}

fn list(case: Option<&Path>, json: bool) -> Result<Outcome, CaseError> {
    let Some(case) = case else {
        let all = keys::list()?;
        if json {
            say_json(&all.iter().map(of).collect())?;
        } else {
            all.iter().for_each(|held| println!("{:<8} {}", held.store.name(), held.key));
        }
        return Ok(Outcome::Done);
    };
    let all = keys::of_case(case)?;
    let place = |key: &keys::CaseKey| key.here.map_or("elsewhere", KeyStore::name);
    if json {
        let rows = all.iter().map(|k| json!({"name": k.key.name(), "key": k.key.to_string(), "store": place(k)}));
        say_json(&rows.collect())?;
    } else {
        all.iter().for_each(|key| println!("{:<10} {}", place(key), key.key));
    }
    Ok(Outcome::Done)
}

/// Asks for the passphrase of a key where it is wanting and there is someone to ask.
pub fn unlock(held: &HeldKey) -> Result<(), CaseError> {
    let Some(Wanting::Passphrase(held)) = keys::wanting(&held.key)? else { return Ok(()) };
    match asked(&format!("Passphrase of the key {}: ", held.key.name()))? {
        Some(passphrase) => keys::unlock(&held.key, &passphrase),
        // Whoever needs the key says that it is locked.
        None => Ok(()),
    }
}

/// `unlock` for the newest key of a case that is kept here.
pub fn unlock_for(case: &Path) -> Result<(), CaseError> {
    let here = keys::of_case(case)?.into_iter().rev().find_map(|k| Some(HeldKey { store: k.here?, key: k.key }));
    here.map_or(Ok(()), |held| unlock(&held))
}

fn asked(prompt: &str) -> Result<Option<Passphrase>, CaseError> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    Passphrase::new(Zeroizing::new(rpassword::prompt_password(prompt)?)).map(Some)
}

fn twice() -> Result<Passphrase, CaseError> {
    let none = || CaseError::Key("a key in a file needs a passphrase: give --passphrase-file FILE".into());
    let first = asked("Passphrase for the new key: ")?.ok_or_else(none)?;
    let second = asked("The same again: ")?.ok_or_else(none)?;
    if first != second {
        return Err(CaseError::Key("the two passphrases differ; no key was made".into()));
    }
    Ok(first)
}
