-- title:  Requests by actor
-- about:  Requests to services by actor and address: how many, when, and about how many distinct subjects whose records were served (status 2xx, or no status recorded).
-- row:    none
-- order:  requests desc
-- time:   at
-- column: actor             text    "Actor"   order word
-- column: key               text    "Key id"  word
-- column: address           text    "Address" order address
-- column: requests          integer "Requests" order
-- column: first             time    "First"   order
-- column: last              time    "Last"    order
-- column: distinct_subjects integer "Distinct subjects served" order
-- column: subjects_requested integer "Distinct subjects requested"
-- column: served            integer "Requests served"
-- column: data_kinds        words   "Data kinds served" wordlist
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
-- hidden: form
SELECT actor, max(key) AS key, address, count(*) AS requests, min(at) AS first, max(at) AS last,
  count(DISTINCT CASE WHEN s.status IS NULL OR s.status BETWEEN 200 AND 299 THEN subject END) AS distinct_subjects,
  count(DISTINCT subject) AS subjects_requested,
  sum(s.status IS NULL OR s.status BETWEEN 200 AND 299) AS served,
  group_concat(DISTINCT s.exposes) AS data_kinds, 0 AS form
FROM event e JOIN shape s ON s.id = e.shape WHERE s.action = 20 /*where*/
GROUP BY actor, address
