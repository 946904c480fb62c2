-- The hash of the secret that the device got with the log-in; empty: none.
ALTER TABLE session ADD COLUMN device_hash text COLLATE "C" NOT NULL DEFAULT '';
