//! The examiner's keys: an Ed25519 seed in the system's key store, or in a file of the program's
//! state folder under a passphrase. A key shows that whoever had it signed; not who that was.

mod acts;
mod at_hand;
mod kept;
mod passphrase;
mod sealed;
mod system;

pub use acts::{CaseKey, branch, free, of_case, revoke, rotate, use_key};
pub use at_hand::{Wanting, unlock, wanting};
pub(crate) use at_hand::{newest_at_hand, signer};
pub use kept::{HeldKey, KeyStore, create, find, list};
pub use passphrase::{Passphrase, first_given, passphrases_from};
