use crate::{Moment, Span, Value};

macro_rules! coded {
    ($(#[$meta:meta])* $name:ident : $int:ty { $($(#[$vm:meta])* $v:ident = $code:literal $label:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vm])* $v),* }
        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$v),*];
            /// The number that is hashed and stored; never reused.
            pub const fn code(self) -> $int { match self { $($name::$v => $code),* } }
            /// The word shown, filtered by and exported.
            pub const fn label(self) -> &'static str { match self { $($name::$v => $label),* } }
            pub fn from_code(code: $int) -> Option<Self> { match code { $($code => Some($name::$v),)* _ => None } }
        }
    };
}
pub(crate) use coded;

coded! {
    /// What happened, as the parser's own bytes say it; never an inference from other sources.
    Action: u16 {
        Created = 1 "created",
        Modified = 2 "modified",
        Accessed = 3 "accessed",
        /// Metadata changed (NTFS record change, Unix inode change).
        MetadataChanged = 4 "metadata changed",
        Deleted = 5 "deleted",
        /// Moved to a recycle bin or trash.
        Trashed = 6 "trashed",
        Renamed = 7 "renamed",
        /// Several of the four file-system times share this value.
        FileTimes = 8 "file times",
        /// A change-journal record that is neither of the above.
        Changed = 9 "changed",
        Closed = 10 "closed",
        /// A request to a service, from its log.
        Requested = 20 "requested",
        /// An entry of a log that is no request; its object says what.
        Logged = 21 "logged",
        /// An operation of a service's interface, from its audit log.
        Called = 22 "called",
        /// A sign-in or an attempt at one; the row says how it ended.
        SignIn = 23 "sign-in",
        Opened = 30 "opened",
        Executed = 31 "executed",
    }
}

coded! {
    /// Where the record that says so was found.
    State: u8 {
        Live = 0 "live",
        Trashed = 1 "trashed",
        /// From a record or name that is no longer allocated.
        Deleted = 2 "deleted",
        Carved = 3 "carved",
        /// From a journal or older copy of a structure.
        Journal = 4 "journal",
    }
}

/// One observation. Text is raw bytes, UTF-8 or not. Borrowed, so that a parser of millions of
/// lines allocates nothing for a row.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    pub action: Action,
    pub state: State,
    /// None where the evidence gives no time; a row never borrows one.
    pub at: Option<Moment>,
    /// Account, key, SID or address that acted.
    pub actor: Option<&'a [u8]>,
    /// What was acted on: a path, a request target.
    pub object: Option<&'a [u8]>,
    /// Whom the data is about, where the record says: a customer id.
    pub subject: Option<&'a [u8]>,
    /// Present for requests to a service only.
    pub request: Option<Request<'a>>,
    /// Further named values, in any order; keys `[a-z0-9_]`.
    pub more: &'a [(&'a str, Value<'a>)],
    /// The bytes that say so; at least one span.
    pub origin: &'a [Span],
}

/// The fields every web or gateway log shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request<'a> {
    pub address: Option<&'a [u8]>,
    pub agent: Option<&'a [u8]>,
    /// Bytes of the answer.
    pub bytes: Option<u64>,
    /// Kinds of personal data the target exposes, by the profile's patterns; comma-separated,
    /// sorted. Set only where the status says the answer was served.
    pub exposes: Option<&'a [u8]>,
    pub key: Option<&'a [u8]>,
    pub method: Option<&'a [u8]>,
    pub protocol: Option<&'a [u8]>,
    pub referrer: Option<&'a [u8]>,
    pub status: Option<u16>,
}
