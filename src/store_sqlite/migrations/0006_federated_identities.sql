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

-- Users by their attributes, kept by the database itself: the user's body is what counts.
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
CREATE TRIGGER user_attribute_insert AFTER INSERT ON user
WHEN json_type(NEW.body, '$.attributes') IS NOT NULL BEGIN
    INSERT OR IGNORE INTO user_attribute
        SELECT NEW.realm, a.key, v.value, NEW.id
        FROM json_each(NEW.body, '$.attributes') a, json_each(a.value) v;
END;
CREATE TRIGGER user_attribute_update AFTER UPDATE OF body ON user
WHEN json_extract(OLD.body, '$.attributes') IS NOT json_extract(NEW.body, '$.attributes') BEGIN
    DELETE FROM user_attribute WHERE realm = OLD.realm AND user = OLD.id;
    INSERT OR IGNORE INTO user_attribute
        SELECT NEW.realm, a.key, v.value, NEW.id
        FROM json_each(NEW.body, '$.attributes') a, json_each(a.value) v;
END;
CREATE TRIGGER user_attribute_delete AFTER DELETE ON user
WHEN json_type(OLD.body, '$.attributes') IS NOT NULL BEGIN
    DELETE FROM user_attribute WHERE realm = OLD.realm AND user = OLD.id;
END;
