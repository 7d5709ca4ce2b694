//! The case file: made, opened for writing, opened for reading.

use crate::error::{CaseError, Result};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// "CBK1" as SQLite's application id.
pub const APPLICATION_ID: i64 = 0x4342_4b31;
/// Format of the case, in `user_version`.
pub const FORMAT: i64 = 8;
pub const SCHEMA: &str = include_str!("schema.sql");
pub const INDEXES: &str = include_str!("indexes.sql");

/// How long to wait for another program that writes or reads.
const WAIT: Duration = Duration::from_secs(10);

/// An open case file.
pub struct Store {
    pub db: Connection,
    pub path: PathBuf,
}

impl Store {
    /// A new, empty file with the schema; fails where something is there already.
    pub fn create(path: &Path) -> Result<Self> {
        // The file is made exclusively, so that two programs never share a new case by accident.
        match std::fs::File::create_new(path) {
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => return Err(CaseError::Exists(path.into())),
            Err(e) => return Err(e.into()),
        }
        let db = Connection::open(path)?;
        db.busy_timeout(WAIT)?;
        db.pragma_update(None, "page_size", 16_384)?;
        harden(&db)?;
        db.execute_batch(SCHEMA)?;
        db.execute_batch(INDEXES)?;
        db.pragma_update(None, "application_id", APPLICATION_ID)?;
        db.pragma_update(None, "user_version", FORMAT)?;
        Ok(Self { db, path: path.into() })
    }

    /// For appending: imports and entries.
    pub fn open(path: &Path) -> Result<Self> {
        let store = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, WAIT)?;
        store.db.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(store)
    }

    /// For reading only; leaves the file as it is to the byte.
    pub fn read(path: &Path) -> Result<Self> {
        Self::reading(path, WAIT)
    }

    /// The same where another connection of this program reads already: it does not wait for who writes,
    /// who may wait for that one.
    pub fn beside(path: &Path) -> Result<Self> {
        Self::reading(path, Duration::ZERO)
    }

    fn reading(path: &Path, wait: Duration) -> Result<Self> {
        let store = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, wait)?;
        store.db.pragma_update(None, "query_only", true)?;
        Ok(store)
    }

    fn connect(path: &Path, flags: OpenFlags, wait: Duration) -> Result<Self> {
        if !path.is_file() {
            return Err(CaseError::Missing(path.into()));
        }
        let db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        let not_a_case = |why: String| CaseError::NotACase { path: path.into(), why };
        db.busy_timeout(wait)?;
        harden(&db).map_err(|e| not_a_case(e.to_string()))?;
        let id: i64 = db.pragma_query_value(None, "application_id", |r| r.get(0)).map_err(|e| not_a_case(e.to_string()))?;
        if id != APPLICATION_ID {
            return Err(not_a_case("its application id is another's".into()));
        }
        let format: i64 = db.pragma_query_value(None, "user_version", |r| r.get(0))?;
        if format > FORMAT {
            return Err(CaseError::Newer { path: path.into(), found: format, known: FORMAT });
        }
        if format < FORMAT {
            return Err(not_a_case(format!(
                "it has format {format}, of a development version; import its evidence into a new case"
            )));
        }
        Ok(Self { db, path: path.into() })
    }

    /// One value of an open import's state.
    pub fn state(&self, import: u32, name: &str) -> Result<Option<Vec<u8>>> {
        let mut q = self.db.prepare_cached("SELECT value FROM import_state WHERE import = ?1 AND name = ?2")?;
        Ok(q.query_row((import, name), |r| r.get(0)).optional()?)
    }

    pub fn set_state(&self, import: u32, name: &str, value: &[u8]) -> Result<()> {
        self.db.prepare_cached("INSERT OR REPLACE INTO import_state VALUES (?1, ?2, ?3)")?.execute((import, name, value))?;
        Ok(())
    }
}

/// What SQLite advises for files that others may have made. Source: sqlite.org/security.html.
fn harden(db: &Connection) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    db.pragma_update(None, "mmap_size", 0)?;
    db.pragma_update(None, "cache_size", -65_536)?;
    db.set_prepared_statement_cache_capacity(64);
    crate::view::register(db)?;
    crate::tally::register(db)
}
