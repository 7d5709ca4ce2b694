-- title:  Sources
-- about:  The evidence, with its hash statements kept apart: of the container's files, stored in the container, recomputed from the media. A hash from a seizure record is compared by whoever holds the record.
-- row:    entry
-- order:  entry_seq
-- column: source          integer "Source" facet
-- column: name            text   "Name"
-- column: bytes           bytes  "Media bytes"
-- column: sha256          digest "Recomputed SHA-256"
-- column: sha1            digest "Recomputed SHA-1"
-- column: md5             digest "Recomputed MD5"
-- column: stored_md5      digest "Stored MD5"
-- column: stored_sha1     digest "Stored SHA-1"
-- column: stored_matches  text   "Stored hashes match"
-- column: container_files json   "Container files"
-- column: members_root    digest "Root over members"
-- column: content_root    digest "Content root"
-- column: receipt_of      integer "Receipt of"
-- column: imported        text   "Sealed at"
SELECT seq AS entry_seq,
  coalesce(body ->> '$.params.import', body ->> '$.params.receipt_of') AS source,
  body ->> '$.inputs[0].name' AS name,
  CAST(body ->> '$.inputs[0].media.bytes' AS INTEGER) AS bytes,
  body ->> '$.inputs[0].media.sha256' AS sha256,
  body ->> '$.inputs[0].media.sha1' AS sha1,
  body ->> '$.inputs[0].media.md5' AS md5,
  body ->> '$.inputs[0].stored.md5' AS stored_md5,
  body ->> '$.inputs[0].stored.sha1' AS stored_sha1,
  CASE body ->> '$.inputs[0].stored.match' WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'none stored' END AS stored_matches,
  body -> '$.inputs[0].files' AS container_files,
  body ->> '$.inputs[0].members.root' AS members_root,
  (SELECT value ->> '$.content_root' FROM statement WHERE statement.entry = seq AND statement.kind = 'roots') AS content_root,
  body ->> '$.params.receipt_of' AS receipt_of,
  body ->> '$.time' AS imported
FROM (SELECT seq, CAST(body AS TEXT) AS body FROM entry)
WHERE body ->> '$.type' = 'import.seal'
