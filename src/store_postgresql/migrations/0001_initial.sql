-- All texts are compared by their bytes (COLLATE "C"), as in the other backends.

-- The number of the schema, and what else there is one of.
CREATE TABLE meta(
    name  text COLLATE "C" PRIMARY KEY,
    value bigint NOT NULL
);
INSERT INTO meta VALUES('pings', 0);

CREATE TABLE realm(
    name    text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL
);

CREATE TABLE realm_object(
    realm text COLLATE "C" NOT NULL,
    kind  text COLLATE "C" NOT NULL,
    key   text COLLATE "C" NOT NULL,
    body  bytea NOT NULL,  -- may be sealed
    PRIMARY KEY(realm, kind, key)
);

CREATE TABLE realm_user(
    realm              text COLLATE "C" NOT NULL,
    id                 text COLLATE "C" NOT NULL,
    username           text COLLATE "C" NOT NULL,  -- lower case
    email              text COLLATE "C" NOT NULL,  -- lower case, empty: none
    service_account_of text COLLATE "C" NOT NULL,  -- empty: a person
    body               text COLLATE "C" NOT NULL,  -- JSON: the whole user
    PRIMARY KEY(realm, id)
);
CREATE UNIQUE INDEX realm_user_username ON realm_user(realm, username);
CREATE INDEX realm_user_email ON realm_user(realm, email) WHERE email <> '';
CREATE UNIQUE INDEX realm_user_service_account ON realm_user(realm, service_account_of)
    WHERE service_account_of <> '';

-- What users were changed of late, for the nodes that keep copies of them. An empty user_id: all of
-- the realm. Numbers are given under an advisory lock, so they become visible in their order.
CREATE TABLE user_change(
    number  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    realm   text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    at      timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE session(
    realm       text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    user_id     text COLLATE "C" NOT NULL,
    client_id   text COLLATE "C" NOT NULL,
    started     bigint NOT NULL,
    last_access bigint NOT NULL,
    expires     bigint NOT NULL,  -- 0: never
    auth_method text COLLATE "C" NOT NULL,
    acr         text COLLATE "C" NOT NULL,
    offline     bigint NOT NULL,
    PRIMARY KEY(realm, id)
);
CREATE INDEX session_of_user ON session(realm, user_id);
CREATE INDEX session_expires ON session(expires) WHERE expires > 0;

CREATE TABLE refresh_family(
    realm     text COLLATE "C" NOT NULL,
    id        text COLLATE "C" NOT NULL,
    session   text COLLATE "C" NOT NULL,  -- empty: none
    user_id   text COLLATE "C" NOT NULL,
    expires   bigint NOT NULL,            -- the one that counts; the body has the first
    max_reuse bigint NOT NULL,
    max_uses  bigint NOT NULL,            -- 0: unbounded
    uses      bigint NOT NULL,
    body      text COLLATE "C" NOT NULL,  -- JSON
    PRIMARY KEY(realm, id)
);
CREATE INDEX refresh_family_session ON refresh_family(realm, session) WHERE session <> '';
CREATE INDEX refresh_family_user ON refresh_family(realm, user_id);
CREATE INDEX refresh_family_expires ON refresh_family(expires) WHERE expires > 0;

CREATE TABLE refresh_token(
    realm  text COLLATE "C" NOT NULL,
    hash   text COLLATE "C" NOT NULL,
    family text COLLATE "C" NOT NULL,
    state  bigint NOT NULL,  -- 0 active, 1 used
    uses   bigint NOT NULL,
    PRIMARY KEY(realm, hash)
);
CREATE INDEX refresh_token_family ON refresh_token(realm, family);

-- Opaque access tokens: only the hash of the text, and what a JWT would say.
CREATE TABLE reference_token(
    realm   text COLLATE "C" NOT NULL,
    hash    text COLLATE "C" NOT NULL,
    expires bigint NOT NULL,
    claims  text COLLATE "C" NOT NULL,  -- JSON
    PRIMARY KEY(realm, hash)
);
CREATE INDEX reference_token_expires ON reference_token(expires) WHERE expires > 0;

-- What may be taken once. By a hash, because others choose how long a `jti` is.
CREATE TABLE taken(
    realm   text COLLATE "C" NOT NULL,
    key     bytea NOT NULL,  -- SHA-256 of purpose, issuer and id
    expires bigint NOT NULL,
    PRIMARY KEY(realm, key)
);
CREATE INDEX taken_expires ON taken(expires) WHERE expires > 0;

-- Numbers are given under the lock on audit_head, so they become visible in their order.
CREATE TABLE revocation(
    number        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    realm         text COLLATE "C" NOT NULL,
    kind          bigint NOT NULL,
    id            text COLLATE "C" NOT NULL,
    issued_before bigint NOT NULL,
    until         bigint NOT NULL
);
CREATE INDEX revocation_until ON revocation(until) WHERE until > 0;

CREATE TABLE signing_key(
    realm       text COLLATE "C" NOT NULL,
    kid         text COLLATE "C" NOT NULL,
    algorithm   text COLLATE "C" NOT NULL,
    state       text COLLATE "C" NOT NULL,
    priority    bigint NOT NULL,
    created     bigint NOT NULL,
    sealed      bytea NOT NULL,
    certificate bytea NOT NULL,
    source      text COLLATE "C" NOT NULL,
    PRIMARY KEY(realm, kid)
);

CREATE TABLE login_failure(
    realm        text COLLATE "C" NOT NULL,
    user_id      text COLLATE "C" NOT NULL,
    count        bigint NOT NULL,
    last_ms      bigint NOT NULL,
    locked_until bigint NOT NULL,
    PRIMARY KEY(realm, user_id)
);

-- No secondary index: this is the write path of every request.
CREATE TABLE audit(
    sequence bigint PRIMARY KEY,
    trace    text COLLATE "C" NOT NULL,
    at_us    bigint NOT NULL,
    previous bytea NOT NULL,
    hash     bytea NOT NULL,
    body     bytea NOT NULL
);

-- The end of the audit chain. Whoever commits locks this row first: all nodes write one chain, one
-- after the other, and nobody who holds it waits for another.
CREATE TABLE audit_head(
    is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    node     text COLLATE "C" NOT NULL,  -- the name of this database in the chain
    sequence bigint NOT NULL,
    hash     bytea NOT NULL
);

CREATE FUNCTION audit_is_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an audit record is never changed or deleted';
END $$;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_never_changed();

-- Uses a refresh token; 0: done. Else nothing is changed: 1 unknown, 2 used up, 3 its family is, 4
-- the new one exists already.
CREATE FUNCTION rotate_refresh(in_realm text, in_family text, old_hash text, new_hash text,
                               new_expires bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    token record;
BEGIN
    SELECT t.state, t.uses, f.max_reuse, f.uses AS family_uses, f.max_uses INTO token
        FROM refresh_token t JOIN refresh_family f ON f.realm = t.realm AND f.id = t.family
        WHERE t.realm = in_realm AND t.hash = old_hash AND t.family = in_family FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 1;
    END IF;
    -- `uses` counts the rotation itself too, so a used token has had uses - 1 extra uses.
    IF token.state = 1 AND token.uses > token.max_reuse THEN
        RETURN 2;
    END IF;
    IF token.max_uses > 0 AND token.family_uses >= token.max_uses THEN
        RETURN 3;
    END IF;
    IF new_hash <> '' THEN
        INSERT INTO refresh_token VALUES(in_realm, new_hash, in_family, 0, 0)
            ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RETURN 4;
        END IF;
    END IF;
    UPDATE refresh_token
        SET uses = uses + 1, state = CASE WHEN new_hash = '' THEN state ELSE 1 END
        WHERE realm = in_realm AND hash = old_hash;
    UPDATE refresh_family SET expires = new_expires, uses = uses + 1
        WHERE realm = in_realm AND id = in_family;
    RETURN 0;
END $$;
