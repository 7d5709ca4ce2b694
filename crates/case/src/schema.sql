-- The case file. Nothing here is updated after it is sealed; every row below `source`, `file`,
-- `event`, `finding` and `statement` is under a root that an entry holds. docs/format.md says how.

-- The ledger: entries as their exact bytes.
CREATE TABLE entry (
  seq  INTEGER PRIMARY KEY,
  body BLOB NOT NULL
) STRICT;

-- Signed notes over the ledger, by number of entries.
CREATE TABLE checkpoint (
  size INTEGER PRIMARY KEY,
  note TEXT NOT NULL
) STRICT;

-- What came from outside and vouches for a checkpoint, by the number of its `anchor` entry, which holds
-- the digests: the exact note, and for a time-stamp the reply and its certificates in PEM.
CREATE TABLE anchor (
  seq   INTEGER PRIMARY KEY,
  note  TEXT NOT NULL,
  token BLOB,
  chain TEXT
) STRICT;

-- Keys of the salts; no export ever reads this table.
CREATE TABLE secret (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT;

-- Imports begun. state: 0 open, 1 sealed, 2 aborted. What it says must agree with the entries.
CREATE TABLE import (
  n     INTEGER PRIMARY KEY,
  state INTEGER NOT NULL,
  begin INTEGER NOT NULL,
  seal  INTEGER
) STRICT;

-- Where an open import stands; emptied when it is sealed.
CREATE TABLE import_state (
  import INTEGER NOT NULL,
  name   TEXT NOT NULL,
  value  BLOB NOT NULL,
  PRIMARY KEY (import, name)
) STRICT, WITHOUT ROWID;

-- Units of reading of an open import, in order; emptied when it is sealed.
CREATE TABLE import_task (
  import INTEGER NOT NULL,
  n      INTEGER NOT NULL,
  spec   TEXT NOT NULL,
  PRIMARY KEY (import, n)
) STRICT, WITHOUT ROWID;

-- Dictionary of repeated text; a column that may refer to it holds the number, or the value itself.
CREATE TABLE word (
  id    INTEGER PRIMARY KEY,
  value ANY NOT NULL UNIQUE
) STRICT;

-- Free text that people entered: title, names, labels. Row number in id; entry is the entry it belongs to.
CREATE TABLE statement (
  id    INTEGER PRIMARY KEY,
  entry INTEGER NOT NULL,
  kind  TEXT NOT NULL,
  about TEXT,
  value TEXT
) STRICT;

-- In source, file, event and finding id = import << 40 | row, and `source` is the source's row within the import.
CREATE TABLE source (
  id          INTEGER PRIMARY KEY,
  parent      INTEGER,
  kind        INTEGER NOT NULL,
  bytes       INTEGER NOT NULL,
  sha256      BLOB,
  blocks_root BLOB,
  locator     TEXT NOT NULL,
  codec       TEXT,
  detail      TEXT
) STRICT;

CREATE TABLE file (
  id            INTEGER PRIMARY KEY,
  source        INTEGER NOT NULL,
  kind          INTEGER NOT NULL,
  name_state    INTEGER NOT NULL,
  record_state  INTEGER NOT NULL,
  content_state INTEGER NOT NULL,
  journal       INTEGER NOT NULL,
  record        INTEGER,
  sequence      INTEGER,
  parent        INTEGER,
  size          INTEGER NOT NULL,
  zone          INTEGER NOT NULL,
  modified      INTEGER,
  accessed      INTEGER,
  changed       INTEGER,
  created       INTEGER,
  deleted       INTEGER,
  spans         BLOB NOT NULL,
  path          ANY NOT NULL,
  detail        TEXT
) STRICT;

-- What many events have in common. form = precision | zone basis << 4 | is a request << 7 | minutes east << 8
CREATE TABLE shape (
  id       INTEGER PRIMARY KEY,
  form     INTEGER NOT NULL,
  action   INTEGER NOT NULL,
  state    INTEGER NOT NULL,
  parser   INTEGER NOT NULL,
  status   INTEGER,
  method   ANY,
  protocol ANY,
  exposes  ANY
) STRICT;

-- object: text; or a word that is the text without its longer numbers, each replaced by U+001A,
-- and those in `numbers`: one as an integer, several as text with a space between.
-- subject: an integer where it is written as one. address: IPv4 as a signed integer of 32 bits, IPv6 as
-- a blob of 16 bytes, else text. actor, agent, key, referrer: the number of a word, or the text itself.
CREATE TABLE event (
  id       INTEGER PRIMARY KEY,
  at       INTEGER,
  until    INTEGER,
  shape    INTEGER NOT NULL,
  source   INTEGER NOT NULL,
  offset   INTEGER,
  length   INTEGER,
  spans    BLOB,
  actor    ANY,
  object   ANY,
  numbers  ANY,
  subject  ANY,
  address  ANY,
  agent    ANY,
  key      ANY,
  referrer ANY,
  bytes    INTEGER,
  detail   TEXT
) STRICT;

-- Which rows of `event` hold a key, and all by time, in segments of up to 1,024 pairs (key, row).
-- id = import << 40 | part << 18 | kind << 12 | n: a part is 262,144 rows; n = 0 tells where the
-- segments begin. Made from the rows and not hashed; verification makes it anew and compares.
CREATE TABLE posting (
  id   INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;

CREATE TABLE finding (
  id       INTEGER PRIMARY KEY,
  severity INTEGER NOT NULL,
  parser   INTEGER NOT NULL,
  source   INTEGER NOT NULL,
  count    INTEGER NOT NULL,
  spans    BLOB NOT NULL,
  code     TEXT NOT NULL,
  place    ANY,
  says     TEXT
) STRICT;

-- Derived from the events when an import is sealed, each table under a root of its own in the sealing
-- entry: counts, and sets of subjects (docs/format.md, "Derived tables").

-- Subjects that are not written as numbers have one here; in sets it stands 2^61 higher.
CREATE TABLE subject_text (
  n     INTEGER PRIMARY KEY,
  value ANY NOT NULL UNIQUE
) STRICT;

-- Requests by source, day (UTC, since 1970), actor, kinds of data and whether they were served.
CREATE TABLE tally (
  import   INTEGER NOT NULL,
  n        INTEGER NOT NULL,
  source   INTEGER NOT NULL,
  day      INTEGER,
  actor    ANY,
  exposes  ANY,
  served   INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  bytes    INTEGER NOT NULL,
  first    INTEGER,
  last     INTEGER,
  subjects BLOB,
  third_parties BLOB,
  PRIMARY KEY (import, n)
) STRICT, WITHOUT ROWID;

-- Requests of the whole case by actor and address. got: subjects served; asked: all that were asked
-- for, null where that is the same; with the number of each.
CREATE TABLE pair (
  n         INTEGER PRIMARY KEY,
  actor     ANY,
  address   ANY,
  key       ANY,
  kinds     TEXT,
  requests  INTEGER NOT NULL,
  served    INTEGER NOT NULL,
  bytes     INTEGER NOT NULL,
  first     INTEGER,
  last      INTEGER,
  got       BLOB,
  asked     BLOB,
  got_count INTEGER NOT NULL,
  asked_count INTEGER NOT NULL
) STRICT;

-- Served requests of the whole case by actor and kind of data, with the number of distinct subjects and
-- third parties; got and named: those.
CREATE TABLE exposed (
  n        INTEGER PRIMARY KEY,
  actor    ANY,
  kind     ANY NOT NULL,
  requests INTEGER NOT NULL,
  first    INTEGER,
  last     INTEGER,
  subjects INTEGER NOT NULL,
  third_parties INTEGER NOT NULL,
  got      BLOB,
  named    BLOB
) STRICT;

-- Events of each source by parser: when, by the hour, and where the clock ran backwards.
CREATE TABLE pace (
  import    INTEGER NOT NULL,
  n         INTEGER NOT NULL,
  source    INTEGER NOT NULL,
  parser    INTEGER NOT NULL,
  rows      INTEGER NOT NULL,
  undated   INTEGER NOT NULL,
  first     INTEGER,
  last      INTEGER,
  backwards INTEGER NOT NULL,
  furthest  INTEGER NOT NULL,
  hours     BLOB NOT NULL,
  PRIMARY KEY (import, n)
) STRICT, WITHOUT ROWID;

-- What was given besides evidence, as it was given, by the entry that holds its digest. role: "countries".
CREATE TABLE input (
  entry INTEGER PRIMARY KEY,
  role  TEXT NOT NULL,
  data  BLOB NOT NULL
) STRICT;

-- The table of countries given last, as ranges of addresses of 16 bytes: IPv4 as ::ffff:a.b.c.d. Made from
-- `input`; verification makes it anew and compares.
CREATE TABLE country (
  first BLOB PRIMARY KEY,
  last  BLOB NOT NULL,
  name  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Where the evidence lay when it was imported: a convenience, never hashed, never exported.
CREATE TABLE place (
  import INTEGER NOT NULL,
  n      INTEGER NOT NULL,
  path   ANY NOT NULL,
  PRIMARY KEY (import, n)
) STRICT, WITHOUT ROWID;

-- Nodes of the trees of an import's rows, 256 to a tile: level 1 holds the roots of 256 rows each,
-- level 2 those of 65,536. kind is the table: 0 source, 1 file, 2 event, 3 finding; 8 more: of the content tree.
CREATE TABLE tile (
  import INTEGER NOT NULL,
  kind   INTEGER NOT NULL,
  level  INTEGER NOT NULL,
  n      INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (import, kind, level, n)
) STRICT, WITHOUT ROWID;

-- Nodes of the block trees of evidence: one hash a MiB (level 8 over 4 KiB blocks), 256 to a row.
CREATE TABLE block (
  source INTEGER NOT NULL,
  n      INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (source, n)
) STRICT, WITHOUT ROWID;
