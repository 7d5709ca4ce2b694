-- title:  Timeline
-- about:  Every event of every source, by time; events without a time come last.
-- row:    event
-- order:  at
-- column: at      time    "When"    order
-- column: until   time    "Until"
-- column: action  state   "Action"  facet code=action
-- column: object  path    "What"    template
-- column: actor   text    "Actor"   facet order word
-- column: subject text    "Subject" id
-- column: state   state   "State"   facet code=state
-- column: parser  state   "Parser"  facet code=parser
-- column: source  integer "Source"  facet
-- base:   address text e.address address
-- base:   agent text e.agent word
-- base:   key text e.key word
-- base:   status integer s.status
-- base:   method text s.method word
-- base:   exposes text s.exposes word
-- hidden: form
-- hidden: numbers
SELECT e.id AS event_id, e.at, e.until, s.action, e.object, e.actor, e.subject, s.state, s.parser, e.id >> 40 AS source,
  s.form, e.numbers
FROM event e LEFT JOIN shape s ON s.id = e.shape WHERE 1 /*where*/
