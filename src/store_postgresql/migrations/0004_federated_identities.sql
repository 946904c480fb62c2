-- Which user of ours a subject of a trusted issuer is.
CREATE TABLE federated_identity(
    realm    text COLLATE "C" NOT NULL,
    issuer   text COLLATE "C" NOT NULL,  -- alias
    subject  text COLLATE "C" NOT NULL,
    user_id  text COLLATE "C" NOT NULL,
    username text COLLATE "C" NOT NULL,  -- there
    created  bigint NOT NULL,            -- milliseconds since 1970; 0: not known
    PRIMARY KEY(realm, issuer, subject)
);
CREATE INDEX federated_identity_user ON federated_identity(realm, user_id);

-- Users by their attributes. A body with the character NUL is no jsonb; such users are not found.
-- A cast of text to jsonb depends on nothing but the text, which an index must be told.
CREATE FUNCTION user_attributes(body text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF strpos(body, chr(92) || 'u0000') > 0 THEN
        RETURN NULL;
    END IF;
    RETURN body::jsonb -> 'attributes';
END
$$;
CREATE INDEX realm_user_attributes ON realm_user USING gin (user_attributes(body) jsonb_path_ops);
