-- A passive key: when it begins to sign, and when nothing that it signed is alive any more.
ALTER TABLE signing_key ADD COLUMN activates INTEGER NOT NULL DEFAULT 0;
ALTER TABLE signing_key ADD COLUMN retires INTEGER NOT NULL DEFAULT 0;

-- Where the audit chain begins: the last record that was removed. Only what is covered by it can
-- be removed.
CREATE TABLE audit_beginning(
    only     INTEGER PRIMARY KEY CHECK (only = 1),
    sequence INTEGER NOT NULL,
    hash     BLOB NOT NULL
) STRICT;
INSERT INTO audit_beginning VALUES(1, 0, zeroblob(32));

DROP TRIGGER audit_is_never_deleted;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
WHEN OLD.sequence > (SELECT sequence FROM audit_beginning)
BEGIN SELECT RAISE(ABORT, 'an audit record is deleted by pruning only'); END;
