-- title:  Ledger
-- about:  Every act in this case, each an entry that holds the root over all entries before it.
-- row:    entry
-- order:  entry_seq
-- column: seq    integer "Entry"
-- column: type   text    "Type"  facet
-- column: time   text    "Time"
-- column: actor  text    "Actor" facet
-- column: tool   text    "Tool"
-- column: prev_root digest "Root before"
-- column: outputs json   "Outputs"
SELECT seq AS entry_seq, seq, body ->> '$.type' AS type, body ->> '$.time' AS time, body ->> '$.actor.id' AS actor,
  (body ->> '$.tool.name') || ' ' || (body ->> '$.tool.version') AS tool,
  body ->> '$.prev.root' AS prev_root, body -> '$.outputs' AS outputs
FROM (SELECT seq, CAST(body AS TEXT) AS body FROM entry)
