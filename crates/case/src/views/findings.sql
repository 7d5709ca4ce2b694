-- title:  Findings
-- about:  What is damaged, contradicts itself, or was not examined, and why. Read this before what was found.
-- row:    finding
-- order:  finding_id
-- column: severity state   "Severity" facet code=severity order
-- column: code     text    "Code"     facet order
-- column: place    path    "Place"
-- column: expected text    "Expected"
-- column: found    text    "Found"
-- column: count    integer "Count"    order
-- column: source   integer "Source"   facet
SELECT id AS finding_id, severity, code,
  -- A finding of a whole member or file is placed at that.
  coalesce(nullif(place, ''), (SELECT json_extract(s.locator, '$.path') FROM source s WHERE s.id = (finding.id & -1099511627776 | finding.source))) AS place,
  json_extract(says, '$.expected') AS expected,
  json_extract(says, '$.found') AS found, count, id >> 40 AS source
FROM finding
