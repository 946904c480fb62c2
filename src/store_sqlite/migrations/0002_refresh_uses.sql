-- How often a family may refresh (0: unbounded), and how often it did.
ALTER TABLE refresh_family ADD COLUMN max_uses INTEGER NOT NULL DEFAULT 0;
ALTER TABLE refresh_family ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;
