-- Opaque access tokens: only the hash of the text, and what a JWT would say.
CREATE TABLE reference_token(
    number  INTEGER PRIMARY KEY,
    realm   TEXT NOT NULL,
    hash    TEXT NOT NULL,
    expires INTEGER NOT NULL,
    claims  TEXT NOT NULL  -- JSON
) STRICT;
CREATE UNIQUE INDEX reference_token_hash ON reference_token(realm, hash);
CREATE INDEX reference_token_expires ON reference_token(expires);
