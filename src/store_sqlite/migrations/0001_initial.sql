-- The name of this database in the audit chain, and what else there is one of.
CREATE TABLE meta(
    name  TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('pings', 0);

CREATE TABLE realm(
    name    TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE realm_object(
    realm TEXT NOT NULL,
    kind  TEXT NOT NULL,
    key   TEXT NOT NULL,
    body  BLOB NOT NULL,  -- may be sealed
    PRIMARY KEY(realm, kind, key)
) STRICT;

CREATE TABLE user(
    number             INTEGER PRIMARY KEY,
    realm              TEXT NOT NULL,
    id                 TEXT NOT NULL,
    username           TEXT NOT NULL,  -- lower case
    email              TEXT NOT NULL,  -- lower case, empty: none
    service_account_of TEXT NOT NULL,  -- empty: a person
    body               TEXT NOT NULL   -- JSON: the whole user
) STRICT;
CREATE UNIQUE INDEX user_id ON user(realm, id);
CREATE UNIQUE INDEX user_username ON user(realm, username);
CREATE INDEX user_email ON user(realm, email) WHERE email <> '';
CREATE UNIQUE INDEX user_service_account ON user(realm, service_account_of)
    WHERE service_account_of <> '';

CREATE TABLE session(
    number      INTEGER PRIMARY KEY,
    realm       TEXT NOT NULL,
    id          TEXT NOT NULL,
    user        TEXT NOT NULL,
    client      TEXT NOT NULL,
    started     INTEGER NOT NULL,
    last_access INTEGER NOT NULL,
    expires     INTEGER NOT NULL,  -- 0: never
    auth_method TEXT NOT NULL,
    acr         TEXT NOT NULL,
    offline     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX session_id ON session(realm, id);
CREATE INDEX session_user ON session(realm, user);
CREATE INDEX session_expires ON session(expires);

CREATE TABLE refresh_family(
    number    INTEGER PRIMARY KEY,
    realm     TEXT NOT NULL,
    id        TEXT NOT NULL,
    session   TEXT NOT NULL,     -- empty: none
    user      TEXT NOT NULL,
    expires   INTEGER NOT NULL,  -- the one that counts; the body has the first
    max_reuse INTEGER NOT NULL,
    body      TEXT NOT NULL      -- JSON
) STRICT;
CREATE UNIQUE INDEX refresh_family_id ON refresh_family(realm, id);
CREATE INDEX refresh_family_session ON refresh_family(realm, session) WHERE session <> '';
CREATE INDEX refresh_family_user ON refresh_family(realm, user);
CREATE INDEX refresh_family_expires ON refresh_family(expires);

CREATE TABLE refresh_token(
    realm  TEXT NOT NULL,
    hash   TEXT NOT NULL,
    family TEXT NOT NULL,
    state  INTEGER NOT NULL,  -- 0 active, 1 used
    uses   INTEGER NOT NULL,
    PRIMARY KEY(realm, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_token_family ON refresh_token(realm, family);

CREATE TABLE taken(
    realm   TEXT NOT NULL,
    purpose TEXT NOT NULL,
    issuer  TEXT NOT NULL,
    id      TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY(realm, purpose, issuer, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX taken_expires ON taken(expires);

-- AUTOINCREMENT: the number of a forgotten revocation is not given again.
CREATE TABLE revocation(
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    realm         TEXT NOT NULL,
    kind          INTEGER NOT NULL,
    id            TEXT NOT NULL,
    issued_before INTEGER NOT NULL,
    until         INTEGER NOT NULL
) STRICT;
CREATE INDEX revocation_until ON revocation(until);

CREATE TABLE signing_key(
    realm       TEXT NOT NULL,
    kid         TEXT NOT NULL,
    algorithm   TEXT NOT NULL,
    state       TEXT NOT NULL,
    priority    INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    sealed      BLOB NOT NULL,
    certificate BLOB NOT NULL,
    source      TEXT NOT NULL,
    PRIMARY KEY(realm, kid)
) STRICT;

CREATE TABLE login_failure(
    realm        TEXT NOT NULL,
    user         TEXT NOT NULL,
    count        INTEGER NOT NULL,
    last_ms      INTEGER NOT NULL,
    locked_until INTEGER NOT NULL,
    PRIMARY KEY(realm, user)
) STRICT, WITHOUT ROWID;

-- No secondary index: this is the write path of every request. The body stands last so that a
-- search by trace reads as little as possible of each row.
CREATE TABLE audit(
    sequence INTEGER PRIMARY KEY,
    trace    TEXT NOT NULL,
    at_us    INTEGER NOT NULL,
    previous BLOB NOT NULL,
    hash     BLOB NOT NULL,
    body     BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'an audit record never changes'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'an audit record is never deleted'); END;
