-- title:  Accessed
-- about:  Files created, modified, accessed or opened, and requests to services, by time.
-- row:    event
-- order:  at
-- shapes: action IN (1, 2, 3, 8, 20, 30, 31)
-- column: at      time    "When"    order
-- column: action  state   "Action"  facet code=action
-- column: object  path    "What"    template
-- column: actor   text    "Actor"   facet order word
-- column: address text    "Address" facet address
-- column: status  integer "Status"  facet
-- column: exposes words   "Data kinds" facet word
-- column: state   state   "State"   facet code=state
-- column: source  integer "Source"  facet
-- base:   agent text e.agent word
-- base:   key text e.key word
-- base:   subject text e.subject id
-- base:   method text s.method word
-- hidden: form
-- hidden: numbers
SELECT e.id AS event_id, e.at, s.action, e.object, e.actor, e.address, s.status, s.exposes, s.state, e.id >> 40 AS source,
  s.form, e.numbers
FROM event e LEFT JOIN shape s ON s.id = e.shape
WHERE e.shape IN (SELECT id FROM shape WHERE action IN (1, 2, 3, 8, 20, 30, 31)) /*where*/
