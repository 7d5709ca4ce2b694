-- title:  Accessed
-- about:  Files created, modified, accessed or opened, and requests to services, by time.
-- row:    event
-- order:  at
-- column: at      time    "When"    order
-- column: action  state   "Action"  facet code=action
-- column: object  path    "What"
-- column: actor   text    "Actor"   facet order word
-- column: address text    "Address" facet word
-- column: status  integer "Status"  facet
-- column: exposes words   "Data kinds" facet word
-- column: state   state   "State"   facet code=state
-- column: source  integer "Source"  facet
-- hidden: form
SELECT id AS event_id, at, action, object, actor, address, status, exposes, state, id >> 40 AS source, form
FROM event
WHERE action IN (1, 2, 3, 8, 20, 30, 31)
