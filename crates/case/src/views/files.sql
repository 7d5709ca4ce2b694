-- title:  Files
-- about:  Every entry of every file system, archive and folder, with the three states of each: name, record, content.
-- row:    file
-- order:  file_id
-- column: source        integer "Source"  facet
-- column: volume        integer "Volume"  facet
-- column: path          path    "Path"    order
-- column: kind          state   "Kind"    facet code=kind
-- column: record        integer "Record"
-- column: name_state    state   "Name"    facet code=name_state
-- column: record_state  state   "Record state" facet code=record_state
-- column: content_state state   "Content" facet code=content_state
-- column: size          bytes   "Size"    order
-- column: modified      time    "Modified" order
-- column: accessed      time    "Accessed"
-- column: changed       time    "Changed"
-- column: created       time    "Created" order
-- column: deleted       time    "Deleted"
-- column: times         json    "All times"
-- column: journal       integer "From journal" facet
-- hidden: form
SELECT f.id AS file_id, f.id >> 40 AS source,
  (SELECT json_extract(s.locator, '$.volume') FROM source s WHERE s.id = (f.id & -1099511627776 | f.source)) AS volume,
  f.path, f.kind, f.record, f.name_state, f.record_state, f.content_state, f.size,
  f.modified, f.accessed, f.changed, f.created, f.deleted,
  file_times(f.zone, f.modified, f.accessed, f.changed, f.created, f.deleted, f.detail) AS times,
  f.journal, ((f.zone & 255) << 4) | ((f.zone >> 8) << 8) AS form
FROM file f
