-- title:  Requests by actor
-- about:  Requests to services by actor and address: how many, when, and about how many distinct subjects whose records were served (status 2xx or none recorded, or one by which the log profile says that data was served). Of several keys none is shown. Countries are those of the table that was given, and none where none was.
-- row:    none
-- order:  requests desc
-- time:   at
-- column: actor             text    "Actor"   order word
-- column: key               text    "Key id"  word
-- column: address           text    "Address" order address
-- column: country           text    "Country of the address"
-- column: requests          integer "Requests" order
-- column: first             time    "First"   order
-- column: last              time    "Last"    order
-- column: distinct_subjects integer "Distinct subjects served" order
-- column: subjects_requested integer "Distinct subjects requested"
-- column: served            integer "Requests served"
-- column: data_kinds        words   "Data kinds served"
-- base:   at time at
-- base:   actor text actor word
-- base:   address text address address
-- base:   key text key word
-- base:   status integer s.status
-- base:   method text s.method word
-- base:   subject text subject id
-- base:   exposes text s.exposes word
-- base:   object path object template
-- base:   source integer e.id >> 40
SELECT /*values*/ actor, only_text((SELECT coalesce((SELECT value FROM word WHERE id = e.key), e.key))) AS key, address,
  (SELECT CASE WHEN r.last >= address_key(e.address) THEN r.name END FROM country r
    WHERE r.first <= address_key(e.address) ORDER BY r.first DESC LIMIT 1) AS country, count(*) AS requests, min(at) AS first, max(at) AS last,
  count(DISTINCT CASE WHEN s.status IS NULL OR s.status BETWEEN 200 AND 299 OR s.exposes IS NOT NULL THEN subject END) AS distinct_subjects,
  count(DISTINCT subject) AS subjects_requested,
  sum(s.status IS NULL OR s.status BETWEEN 200 AND 299 OR s.exposes IS NOT NULL) AS served,
  kinds_union((SELECT coalesce((SELECT value FROM word WHERE id = s.exposes), s.exposes))) AS data_kinds /*from*/
FROM event e JOIN shape s ON s.id = e.shape WHERE s.form & 128 /*where*/
GROUP BY actor, address
-- counted: what was counted when the evidence was imported, where no filter asks for more
-- key:    n
-- base:   actor text actor word
-- base:   address text address address
SELECT /*values*/ n, actor, key, address,
  (SELECT CASE WHEN r.last >= address_key(p.address) THEN r.name END FROM country r
    WHERE r.first <= address_key(p.address) ORDER BY r.first DESC LIMIT 1) AS country, requests, first, last, got_count AS distinct_subjects, asked_count AS subjects_requested,
  served, kinds AS data_kinds /*from*/
FROM pair p WHERE 1 /*where*/
-- counted: what is summed from the postings, where these tell which rows are asked for
-- made:   pairs
-- key:    n
-- shapes: form & 128
-- base:   actor text actor word
-- base:   address text address address
SELECT /*values*/ n, actor, key, address,
  (SELECT CASE WHEN r.last >= address_key(p.address) THEN r.name END FROM country r
    WHERE r.first <= address_key(p.address) ORDER BY r.first DESC LIMIT 1) AS country, requests, first, last, got AS distinct_subjects, asked AS subjects_requested,
  served, kinds AS data_kinds /*from*/
FROM temp.pair_over p WHERE 1 /*where*/
