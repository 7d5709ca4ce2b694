-- title:  Personal data
-- about:  Per actor and kind of personal data: how many distinct subjects (accounts) it was served for, by how many requests, first and last. Numbers of different kinds overlap and are never added.
-- row:    none
-- order:  subjects desc
-- time:   at
-- column: actor    text    "Actor" order word
-- column: kind     text    "Data kind" order
-- column: subjects integer "Distinct subjects served" order
-- column: requests integer "Requests served" order
-- column: first    time    "First" order
-- column: last     time    "Last" order
-- base:   at time at
-- base:   actor text actor word
-- base:   kind text k.kind
-- base:   address text address address
-- base:   key text key word
-- base:   status integer s.status
-- base:   subject text subject id
-- base:   source integer e.id >> 40
SELECT /*values*/ e.actor, k.kind, count(DISTINCT e.subject) AS subjects, count(*) AS requests, min(e.at) AS first, max(e.at) AS last /*from*/
FROM event e JOIN shape s ON s.id = e.shape
JOIN (SELECT s.id AS shape, j.value AS kind FROM shape s LEFT JOIN word w ON w.id = s.exposes,
    json_each('["' || replace(coalesce(w.value, s.exposes), ',', '","') || '"]') j WHERE s.exposes IS NOT NULL) k ON k.shape = s.id
WHERE 1 /*where*/
GROUP BY e.actor, k.kind
-- counted: what was summed when the evidence was imported, where no filter asks for more than actor and kind
-- key:    n
-- base:   actor text actor word
-- base:   kind text kind
SELECT /*values*/ n, actor, kind, subjects, requests, first, last /*from*/
FROM exposed WHERE 1 /*where*/
-- counted: what was counted by the day, where no filter asks for more than whole days (UTC), actor, kind and source
-- made:   days
-- key:    n
-- What its table is made by is no column of it: n stands for those two, which no statement asks for.
-- base:   at day n
-- base:   actor text actor word
-- base:   kind text kind
-- base:   source integer n
SELECT /*values*/ n, actor, kind, subjects, requests, first, last /*from*/
FROM temp.exposed_over WHERE 1 /*where*/
-- counted: what is summed from the postings, where these tell which rows are asked for
-- made:   kinds
-- key:    n
-- shapes: exposes IS NOT NULL
-- base:   actor text actor word
-- base:   kind text kind
SELECT /*values*/ n, actor, kind, subjects, requests, first, last /*from*/
FROM temp.exposed_over WHERE 1 /*where*/
