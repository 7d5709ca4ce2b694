-- title:  Subjects
-- about:  Per subject and actor: which kinds of personal data were served, how often, first and last.
-- row:    none
-- order:  subject
-- time:   at
-- column: subject  text    "Subject" order
-- column: actor    text    "Actor"   word
-- column: exposes  words   "Data kinds served" wordlist
-- column: requests integer "Requests" order
-- column: served   integer "Served"
-- column: first    time    "First"   order
-- column: last     time    "Last"    order
-- base:   at time at
-- base:   actor text actor word
-- base:   subject text subject
-- base:   address text address word
-- base:   key text key word
-- base:   status integer status
-- base:   method text method word
-- base:   exposes text exposes word
-- base:   source integer id >> 40
-- hidden: form
SELECT subject, actor, group_concat(DISTINCT exposes) AS exposes, count(*) AS requests,
  sum(status IS NULL OR status BETWEEN 200 AND 299) AS served, min(at) AS first, max(at) AS last, 0 AS form
FROM event WHERE subject IS NOT NULL AND action = 20 /*where*/
GROUP BY subject, actor
