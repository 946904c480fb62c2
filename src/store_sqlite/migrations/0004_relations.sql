-- Who stands in which relation to whom. An end is "user:<id>", "client:<id>" or "group:<path>".
CREATE TABLE relation(
    number  INTEGER PRIMARY KEY,
    realm   TEXT NOT NULL,
    id      TEXT NOT NULL,
    kind    TEXT NOT NULL,
    actor   TEXT NOT NULL,
    subject TEXT NOT NULL,
    expires INTEGER NOT NULL,  -- 0: never
    body    TEXT NOT NULL      -- JSON
) STRICT;
CREATE UNIQUE INDEX relation_id ON relation(realm, id);
CREATE INDEX relation_ends ON relation(realm, subject, actor);
CREATE INDEX relation_actor ON relation(realm, actor);
CREATE INDEX relation_expires ON relation(expires) WHERE expires > 0;

CREATE TABLE api_key(
    number  INTEGER PRIMARY KEY,
    realm   TEXT NOT NULL,
    id      TEXT NOT NULL,
    hash    TEXT NOT NULL,
    user    TEXT NOT NULL,
    expires INTEGER NOT NULL,  -- 0: never
    body    TEXT NOT NULL      -- JSON
) STRICT;
CREATE UNIQUE INDEX api_key_id ON api_key(realm, id);
CREATE UNIQUE INDEX api_key_hash ON api_key(realm, hash);
CREATE INDEX api_key_user ON api_key(realm, user);
CREATE INDEX api_key_expires ON api_key(expires) WHERE expires > 0;

-- How often something was done that may be done so many times until then.
CREATE TABLE use_counter(
    realm TEXT NOT NULL,
    key   TEXT NOT NULL,
    uses  INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY(realm, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX use_counter_until ON use_counter(until) WHERE until > 0;

-- One-time codes: only the hash, and what whoever brings the code is given.
CREATE TABLE hand_off(
    realm   TEXT NOT NULL,
    hash    TEXT NOT NULL,
    payload TEXT NOT NULL,     -- JSON; empty once it was taken
    expires INTEGER NOT NULL,
    taken   INTEGER NOT NULL,
    xid     TEXT NOT NULL,     -- of what was issued for it
    PRIMARY KEY(realm, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX hand_off_expires ON hand_off(expires) WHERE expires > 0;
