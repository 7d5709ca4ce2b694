-- title:  Deleted
-- about:  What was deleted or moved to a bin, when at the earliest and at the latest, by which means where the evidence says, and whether its content can be read.
-- row:    any
-- order:  none
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
-- A name that is no longer in use. The file existed at its last recorded time, so it was deleted
-- no earlier; a deletion time in its record, or its deletion in the change journal, gives both ends.
SELECT f.id AS row_id, f.path AS what,
  coalesce(f.deleted, j.at,
    nullif(max(coalesce(f.modified, -9e18), coalesce(f.accessed, -9e18), coalesce(f.changed, -9e18), coalesce(f.created, -9e18)), -9e18)) AS earliest,
  coalesce(f.deleted, j.at) AS latest,
  CASE
    WHEN f.name_state = 2 THEN 'lies in a bin'
    WHEN j.at IS NOT NULL THEN 'deleted by name, in the change journal'
    WHEN f.deleted IS NOT NULL THEN 'unlinked, with a deletion time in its record'
    WHEN f.journal = 1 THEN 'unlinked, known from the file system journal'
    ELSE 'name removed, means unknown' END AS means,
  CASE f.content_state WHEN 0 THEN 'intact' WHEN 1 THEN 'partly overwritten' WHEN 2 THEN 'overwritten' ELSE 'unknown' END AS recoverable,
  f.size AS size,
  CASE
    WHEN f.deleted IS NOT NULL THEN 'deletion time in the record'
    WHEN j.at IS NOT NULL THEN 'change journal'
    ELSE 'last recorded time of the file; no evidence of the latest' END AS basis,
  CASE f.name_state WHEN 2 THEN 'trashed' ELSE 'deleted' END AS state,
  f.id >> 40 AS source, ((f.zone & 255) << 4) | ((f.zone >> 8) << 8) AS form, 1 AS row_table
FROM file f
LEFT JOIN (
  SELECT id >> 40 AS import, at, json_extract(detail, '$.record') AS record, json_extract(detail, '$.sequence') AS sequence
  FROM event WHERE shape IN (SELECT id FROM shape WHERE parser = 3 AND action = 5)
) j ON j.import = f.id >> 40 AND j.record = f.record AND (j.sequence = f.sequence OR j.sequence = f.sequence - 1)
WHERE f.name_state <> 0 AND f.kind NOT IN (7, 8)
UNION ALL
-- What a record of its own says was trashed, or a journal says was deleted.
SELECT e.id, e.object, e.at, coalesce(e.until, e.at),
  CASE s.action WHEN 6 THEN 'moved to the Recycle Bin' ELSE 'deleted by name, in the change journal' END,
  CASE WHEN s.action = 6 AND json_extract(e.detail, '$.r_present') THEN 'intact' ELSE 'unknown' END,
  json_extract(e.detail, '$.size'),
  CASE s.action WHEN 6 THEN 'deletion time in the Recycle Bin record' ELSE 'change journal' END,
  CASE s.action WHEN 6 THEN 'trashed' ELSE 'deleted' END,
  e.id >> 40, s.form, 2
FROM event e JOIN shape s ON s.id = e.shape WHERE s.action IN (5, 6) AND s.parser IN (2, 3)
  -- A deletion in the journal whose file has a row above is told there.
  AND NOT (s.parser = 3 AND EXISTS (
    SELECT 1 FROM file f
    WHERE f.record = json_extract(e.detail, '$.record') AND f.id >> 40 = e.id >> 40
      AND f.name_state <> 0 AND f.kind NOT IN (7, 8)
      AND json_extract(e.detail, '$.sequence') IN (f.sequence, f.sequence - 1)))
