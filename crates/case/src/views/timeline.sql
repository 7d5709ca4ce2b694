-- title:  Timeline
-- about:  Every event of every source, by time; events without a time come last.
-- row:    event
-- order:  at
-- column: at      time    "When"    order
-- column: until   time    "Until"
-- column: action  state   "Action"  facet code=action
-- column: object  path    "What"
-- column: actor   text    "Actor"   facet order word
-- column: subject text    "Subject"
-- column: state   state   "State"   facet code=state
-- column: parser  state   "Parser"  facet code=parser
-- column: source  integer "Source"  facet
-- hidden: form
SELECT id AS event_id, at, until, action, object, actor, subject, state, parser, id >> 40 AS source, form
FROM event
