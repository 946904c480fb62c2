-- Which user of ours a subject of a trusted issuer is.
CREATE TABLE federated_identity(
    realm    TEXT NOT NULL,
    issuer   TEXT NOT NULL,     -- alias
    subject  TEXT NOT NULL,
    user     TEXT NOT NULL,
    username TEXT NOT NULL,     -- there
    created  INTEGER NOT NULL,  -- milliseconds since 1970; 0: not known
    PRIMARY KEY(realm, issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX federated_identity_user ON federated_identity(realm, user);

-- Users by their attributes, written together with the user: its body is what counts.
CREATE TABLE user_attribute(
    realm TEXT NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    user  TEXT NOT NULL,
    PRIMARY KEY(realm, name, value, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_attribute_user ON user_attribute(realm, user);
INSERT OR IGNORE INTO user_attribute
    SELECT u.realm, a.key, v.value, u.id
    FROM user u, json_each(u.body, '$.attributes') a, json_each(a.value) v;
