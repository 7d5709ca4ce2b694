-- title:  Deleted
-- about:  What was deleted or moved to a bin, when at the earliest and at the latest, by which means where the evidence says, and whether its content can be read. A change journal is matched with the files of its own import only: imported apart from its image, it tells a deletion a second time.
-- row:    any
-- order:  none
-- events: parser IN (2, 3) AND action IN (5, 6)
-- column: what        path  "What"
-- column: earliest    time  "Not before"
-- column: latest      time  "Not after"
-- column: means       text  "Means" facet
-- column: recoverable state "Content" facet
-- column: size        bytes "Size"
-- column: basis       text  "Basis of the times" facet
-- column: state       state "Name" facet
-- column: source      integer "Source" facet
-- hidden: form
-- hidden: row_table
-- The times at which evidence was surely as it is: when its container says it was acquired, and when it
-- began to be imported, by the clock of this case, to the end of that second. Where a container does not
-- state the zone of its clock, UTC is at most 12 hours later.
WITH taken AS MATERIALIZED (
  SELECT i.n AS import,
    (unixepoch(json_extract(CAST(e.body AS TEXT), '$.time')) + 1) * 1000000 AS imported,
    unixepoch(substr(json_extract(s.detail, '$.stored.acquired'), 1, 19)) * 1000000 AS stated,
    substr(json_extract(s.detail, '$.stored.acquired'), 20, 1) = 'Z' AS zoned
  FROM import i JOIN entry e ON e.seq = i.begin LEFT JOIN source s ON s.id = i.n << 40
), deleted_in_journal AS (
  SELECT id >> 40 AS import, at, json_extract(detail, '$.record') AS record, json_extract(detail, '$.sequence') AS sequence
  FROM event e WHERE shape IN (SELECT id FROM shape WHERE parser = 3 AND action = 5) /*events*/
), name AS (
  SELECT f.id AS id, f.path AS path, f.name_state, f.content_state, f.size AS size, f.zone, f.journal, f.deleted AS deleted, j.at AS at,
    coalesce(f.deleted, j.at,
      nullif(max(coalesce(f.modified, -9e18), coalesce(f.accessed, -9e18), coalesce(f.changed, -9e18), coalesce(f.created, -9e18)), -9e18)) AS earliest,
    -- Where the zone of the file's times is unknown, they may be up to 14 hours ahead of UTC.
    CASE f.zone & 255 WHEN 3 THEN 50400000000 ELSE 0 END AS ahead
  FROM file f
  LEFT JOIN deleted_in_journal j
    ON j.import = f.id >> 40 AND j.record = f.record AND (j.sequence = f.sequence OR j.sequence = f.sequence - 1)
  WHERE f.name_state <> 0 AND f.kind NOT IN (7, 8)
), bounded AS (
  SELECT n.*, t.zoned,
    t.imported + n.ahead AS imported,
    t.stated + n.ahead + CASE WHEN t.zoned THEN 0 ELSE 43200000000 END AS acquired
  FROM name n LEFT JOIN taken t ON t.import = n.id >> 40
), told AS (
  -- A bound that lies before the last recorded time contradicts it, and is not used.
  SELECT *, CASE
    WHEN deleted IS NOT NULL THEN 'record'
    WHEN at IS NOT NULL THEN 'journal'
    WHEN acquired <= imported AND acquired >= coalesce(earliest, acquired) THEN 'acquired'
    WHEN imported >= coalesce(earliest, imported) THEN 'imported' END AS latest_by
  FROM bounded
)
-- A name that is no longer in use. The file existed at its last recorded time, so it was deleted
-- no earlier; a deletion time in its record, or its deletion in the change journal, gives both ends.
-- Else it was deleted before the evidence was taken.
SELECT id AS row_id, path AS what, earliest,
  CASE latest_by WHEN 'record' THEN deleted WHEN 'journal' THEN at WHEN 'acquired' THEN acquired WHEN 'imported' THEN imported END AS latest,
  CASE
    WHEN name_state = 2 THEN 'lies in a bin'
    WHEN at IS NOT NULL THEN 'deleted by name, in the change journal'
    WHEN deleted IS NOT NULL THEN 'unlinked, with a deletion time in its record'
    WHEN journal = 1 THEN 'unlinked, known from the file system journal'
    ELSE 'name removed, means unknown' END AS means,
  CASE content_state WHEN 0 THEN 'intact' WHEN 1 THEN 'partly overwritten' WHEN 2 THEN 'overwritten' ELSE 'unknown' END AS recoverable,
  size,
  CASE latest_by WHEN 'record' THEN 'deletion time in the record' WHEN 'journal' THEN 'change journal'
    ELSE CASE WHEN earliest IS NULL THEN 'no recorded time of the file' ELSE 'last recorded time of the file' END
      || CASE latest_by
        WHEN 'acquired' THEN '; not after the image was acquired, as its container says'
          || CASE WHEN zoned THEN '' ELSE ' without a zone, hence 12 hours more' END
        WHEN 'imported' THEN '; not after it was imported here'
        ELSE '; it lies after the import, so no evidence of the latest' END
      || CASE WHEN ahead > 0 AND latest_by IS NOT NULL THEN ', and 14 hours more for the unknown zone of the file' ELSE '' END
    END AS basis,
  CASE name_state WHEN 2 THEN 'trashed' ELSE 'deleted' END AS state,
  id >> 40 AS source, ((zone & 255) << 4) | ((zone >> 8) << 8) AS form, 1 AS row_table
FROM told
UNION ALL
-- What a record of its own says was trashed, or a journal says was deleted.
SELECT e.id, e.object, e.at, coalesce(e.until, e.at),
  CASE s.action WHEN 6 THEN 'moved to the Recycle Bin' ELSE 'deleted by name, in the change journal' END,
  CASE WHEN s.action = 6 AND json_extract(e.detail, '$.r_present') THEN 'intact' ELSE 'unknown' END,
  json_extract(e.detail, '$.size'),
  CASE s.action WHEN 6 THEN 'deletion time in the Recycle Bin record' ELSE 'change journal alone; another import may hold the file and tell it too' END,
  CASE s.action WHEN 6 THEN 'trashed' ELSE 'deleted' END,
  e.id >> 40, s.form, 2
FROM event e JOIN shape s ON s.id = e.shape WHERE s.action IN (5, 6) AND s.parser IN (2, 3) /*events*/
  -- A deletion in the journal whose file has a row above is told there.
  AND NOT (s.parser = 3 AND EXISTS (
    SELECT 1 FROM file f
    WHERE f.record = json_extract(e.detail, '$.record') AND f.id >> 40 = e.id >> 40
      AND f.name_state <> 0 AND f.kind NOT IN (7, 8)
      AND json_extract(e.detail, '$.sequence') IN (f.sequence, f.sequence - 1)))
