-- title:  Subjects
-- about:  Per subject and actor: which kinds of personal data were served, how often, first and last.
-- row:    none
-- order:  subject
-- time:   at
-- column: subject  text    "Subject" order id
-- column: actor    text    "Actor"   word
-- column: exposes  words   "Data kinds served" wordlist
-- column: requests integer "Requests" order
-- column: served   integer "Served"
-- column: first    time    "First"   order
-- column: last     time    "Last"    order
-- base:   at time at
-- base:   actor text actor word
-- base:   subject text subject id
-- base:   address text address address
-- base:   key text key word
-- base:   status integer s.status
-- base:   method text s.method word
-- base:   exposes text s.exposes word
-- base:   source integer e.id >> 40
-- total:  SELECT CASE WHEN EXISTS (SELECT 1 FROM import WHERE state = 0) THEN NULL ELSE (SELECT coalesce(sum(n), 0) FROM (SELECT set_count(coalesce(asked, got)) AS n FROM pair GROUP BY actor)) END
SELECT /*values*/ subject, actor, group_concat(DISTINCT s.exposes) AS exposes, count(*) AS requests,
  sum(s.status IS NULL OR s.status BETWEEN 200 AND 299 OR s.exposes IS NOT NULL) AS served, min(at) AS first, max(at) AS last /*from*/
FROM event e JOIN shape s ON s.id = e.shape WHERE subject IS NOT NULL AND s.form & 128 /*where*/
GROUP BY subject, actor
-- counted: a page of what is grouped from the postings, where these tell which rows are asked for
-- made:   subjects
-- key:    n
-- shapes: form & 128
SELECT /*values*/ n, subject, actor, exposes, requests, served, first, last /*from*/
FROM temp.subject_over WHERE 1 /*where*/
