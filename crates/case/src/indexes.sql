-- Built after an import is sealed; rebuildable, and checked by verification.
CREATE INDEX event_by_time ON event (at);
CREATE INDEX event_by_actor ON event (actor, at) WHERE actor IS NOT NULL;
CREATE INDEX event_by_subject ON event (subject, at) WHERE subject IS NOT NULL;
CREATE INDEX file_by_state ON file (name_state, path) WHERE name_state <> 0;
CREATE INDEX file_by_record ON file (record);
CREATE INDEX tally_by_actor ON tally (actor);
CREATE INDEX pair_by_requests ON pair (requests);
CREATE INDEX pair_by_actor ON pair (actor);
