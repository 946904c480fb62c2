-- Background work that one of all nodes does. Times are those of the database.
CREATE TABLE lease(
    name   text COLLATE "C" PRIMARY KEY,
    holder text COLLATE "C" NOT NULL,
    until  timestamptz NOT NULL
);

-- A passive key: when it begins to sign, and when nothing that it signed is alive any more.
ALTER TABLE signing_key ADD COLUMN activates bigint NOT NULL DEFAULT 0;
ALTER TABLE signing_key ADD COLUMN retires bigint NOT NULL DEFAULT 0;

-- Where the audit chain begins: the last record that was removed. Only what is covered by it can
-- be removed.
CREATE TABLE audit_beginning(
    is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    sequence bigint NOT NULL,
    hash     bytea NOT NULL
);
INSERT INTO audit_beginning VALUES(true, 0, decode(repeat('00', 32), 'hex'));

DROP TRIGGER audit_is_never_changed ON audit;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_never_changed();
CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.sequence > (SELECT sequence FROM audit_beginning) THEN
        RAISE EXCEPTION 'an audit record is deleted by pruning only';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_kept();
