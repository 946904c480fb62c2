-- Who stands in which relation to whom. An end is "user:<id>", "client:<id>" or "group:<path>".
CREATE TABLE relation(
    realm   text COLLATE "C" NOT NULL,
    id      text COLLATE "C" NOT NULL,
    kind    text COLLATE "C" NOT NULL,
    actor   text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    expires bigint NOT NULL,            -- 0: never
    body    text COLLATE "C" NOT NULL,  -- JSON
    PRIMARY KEY(realm, id)
);
CREATE INDEX relation_ends ON relation(realm, subject, actor);
CREATE INDEX relation_actor ON relation(realm, actor);
CREATE INDEX relation_expires ON relation(expires) WHERE expires > 0;

CREATE TABLE api_key(
    realm   text COLLATE "C" NOT NULL,
    id      text COLLATE "C" NOT NULL,
    hash    text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    expires bigint NOT NULL,            -- 0: never
    body    text COLLATE "C" NOT NULL,  -- JSON
    PRIMARY KEY(realm, id),
    UNIQUE(realm, hash)
);
CREATE INDEX api_key_user ON api_key(realm, user_id);
CREATE INDEX api_key_expires ON api_key(expires) WHERE expires > 0;

-- How often something was done that may be done so many times until then.
CREATE TABLE use_counter(
    realm text COLLATE "C" NOT NULL,
    key   text COLLATE "C" NOT NULL,
    uses  bigint NOT NULL,
    until bigint NOT NULL,
    PRIMARY KEY(realm, key)
);
CREATE INDEX use_counter_until ON use_counter(until) WHERE until > 0;

-- One-time codes: only the hash, and what whoever brings the code is given.
CREATE TABLE hand_off(
    realm   text COLLATE "C" NOT NULL,
    hash    text COLLATE "C" NOT NULL,
    payload text COLLATE "C" NOT NULL,  -- JSON; empty once it was taken
    expires bigint NOT NULL,
    taken   bigint NOT NULL,
    xid     text COLLATE "C" NOT NULL,  -- of what was issued for it
    PRIMARY KEY(realm, hash)
);
CREATE INDEX hand_off_expires ON hand_off(expires) WHERE expires > 0;
