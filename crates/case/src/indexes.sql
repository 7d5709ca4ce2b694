-- Of files; events have postings. Rebuildable, and checked by verification.
CREATE INDEX file_by_state ON file (name_state, path) WHERE name_state <> 0;
CREATE INDEX file_by_record ON file (record);
CREATE INDEX tally_by_actor ON tally (actor);
CREATE INDEX pair_by_requests ON pair (requests);
CREATE INDEX pair_by_actor ON pair (actor);
CREATE INDEX exposed_by_subjects ON exposed (subjects);
CREATE INDEX exposed_by_actor ON exposed (actor);
