-- title:  Ledger
-- about:  Every act in this case, each an entry that holds the root over all entries before it.
-- row:    entry
-- order:  entry_seq
-- column: seq    integer "Entry"
-- column: type   text    "Type"  facet
-- column: says   text    "What was done"
-- column: time   text    "Time"
-- column: actor  text    "Actor" facet
-- column: tool   text    "Tool"
-- column: prev_root digest "Root before"
-- column: outputs json   "Outputs"
SELECT seq AS entry_seq, seq, body ->> '$.type' AS type,
  CASE body ->> '$.type'
    WHEN 'case.create' THEN 'case made'
    WHEN 'case.open' THEN 'case opened in ' || (params ->> '$.host')
    WHEN 'import.begin' THEN 'import ' || (params ->> '$.import') || ' begun: ' || (body ->> '$.inputs[0].name')
    WHEN 'import.seal' THEN CASE WHEN (params ->> '$.receipt_of') IS NULL THEN 'import ' || (params ->> '$.import') || ' sealed: '
      ELSE 'second receipt of import ' || (params ->> '$.receipt_of') || ': ' END || (body ->> '$.inputs[0].name')
    WHEN 'export' THEN 'rows exported as ' || (params ->> '$.format') || ', ' || (body ->> '$.written.bytes') || ' bytes'
    WHEN 'verify' THEN 'verified: ' || (params ->> '$.verdict')
    WHEN 'figure.add' THEN 'figure ' || (params ->> '$.figure') || ' stated'
    WHEN 'custody' THEN CASE WHEN (params ->> '$.list') IS NULL
      THEN 'custody: ' || (params ->> '$.records') || ' recorded, from number ' || (params ->> '$.first') || ', by ' || (params ->> '$.given')
      ELSE 'list of files ' || (params ->> '$.list') || ' checked: ' || (params ->> '$.matched') || ' of ' || (params ->> '$.rows') || ' match' END
    WHEN 'annotate' THEN CASE WHEN (params ->> '$.action') = 'remove'
      THEN 'annotation ' || (params ->> '$.annotation') || ' of entry ' || (params ->> '$.undoes') || ' taken back'
      ELSE (params ->> '$.kind') || ' ' || (params ->> '$.annotation') || ' on ' || (params ->> '$.count')
        || CASE WHEN (params ->> '$.count') = 1 THEN ' row' ELSE ' rows' END
        || coalesce(': ' || (SELECT value FROM statement s WHERE s.entry = seq AND s.kind IN ('tag', 'note')), '') END
    WHEN 'open.masked' THEN 'field ' || (params ->> '$.field') || ' of ' || (params ->> '$.table') || ' ' || (params ->> '$.row')
      || ' of import ' || (params ->> '$.import') || ' shown: '
      || coalesce((SELECT value FROM statement s WHERE s.entry = seq AND s.kind = 'reason'), '')
    WHEN 'anchor' THEN 'checkpoint of ' || (body ->> '$.anchor.size') || ' entries vouched for: ' || (body ->> '$.anchor.kind')
    WHEN 'disclose' THEN 'package of rows disclosed'
    ELSE body ->> '$.type' END AS says,
  body ->> '$.time' AS time, body ->> '$.actor.id' AS actor,
  (body ->> '$.tool.name') || ' ' || (body ->> '$.tool.version') AS tool,
  body ->> '$.prev.root' AS prev_root, body -> '$.outputs' AS outputs
FROM (SELECT seq, body, body -> '$.params' AS params FROM (SELECT seq, CAST(body AS TEXT) AS body FROM entry))
