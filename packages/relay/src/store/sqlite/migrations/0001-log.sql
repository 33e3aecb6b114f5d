-- The log and what is owed because of it. Times are milliseconds since 1970, UTC.
--
-- A commit costs what it dirties, page by page. So what grows with every entry (conversations,
-- entries, deliveries) has small integer keys of its own, and new rows go to a table's end; `id` is
-- what the world knows them by.

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sites (
  key TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  origins TEXT NOT NULL,
  appearance TEXT NOT NULL,
  locale TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE visitors (
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  -- SHA-256 of the visitor's token; null for one who was never in a browser of ours.
  token_hash BLOB,
  name TEXT,
  email TEXT,
  locale TEXT,
  created INTEGER NOT NULL,
  PRIMARY KEY (site, id),
  UNIQUE (site, token_hash)
) STRICT, WITHOUT ROWID;

-- No reference to visitors: a refused first send takes its counter before there is a visitor's row.
CREATE TABLE devices (
  site TEXT NOT NULL,
  visitor TEXT NOT NULL,
  device TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (site, visitor, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversations (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  site TEXT NOT NULL,
  visitor TEXT NOT NULL,
  head INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'resolved')),
  read_visitor INTEGER NOT NULL DEFAULT 0,
  read_agent INTEGER NOT NULL DEFAULT 0,
  page TEXT,
  created INTEGER NOT NULL,
  -- Time of the newest entry; never goes back.
  updated INTEGER NOT NULL,
  FOREIGN KEY (site, visitor) REFERENCES visitors (site, id)
) STRICT;

CREATE INDEX conversations_newest ON conversations (site, status, updated);
CREATE INDEX conversations_visitor ON conversations (site, visitor);

CREATE TABLE entries (
  conversation INTEGER NOT NULL REFERENCES conversations (key),
  seq INTEGER NOT NULL,
  -- The draft id.
  id TEXT NOT NULL,
  site TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('visitor', 'agent', 'bot', 'system')),
  author TEXT NOT NULL,
  name TEXT,
  time INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (conversation, seq)
) STRICT;

-- Draft ids rise with time: with the id in front, new ones go to the index's right edge.
CREATE UNIQUE INDEX entries_draft ON entries (id, author, site);

CREATE TABLE deliveries (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  site TEXT NOT NULL,
  connector TEXT NOT NULL,
  conversation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('due', 'claimed', 'unknown', 'done', 'parked')),
  -- 1: this one is next of its conversation to its connector. At most one of them is.
  turn INTEGER NOT NULL,
  -- due, unknown: when to try · claimed: when the lease ends · done, parked: when it was settled.
  at INTEGER NOT NULL,
  worker TEXT,
  -- Tries begun.
  attempts INTEGER NOT NULL DEFAULT 0,
  reason TEXT,
  created INTEGER NOT NULL,
  FOREIGN KEY (conversation, seq) REFERENCES entries (conversation, seq)
) STRICT;

CREATE INDEX deliveries_next ON deliveries (connector, at) WHERE turn = 1;
CREATE INDEX deliveries_open ON deliveries (connector, conversation, seq)
  WHERE state IN ('due', 'claimed', 'unknown');
CREATE INDEX deliveries_parked ON deliveries (site, at) WHERE state = 'parked';

CREATE TABLE connector_holds (
  connector TEXT PRIMARY KEY,
  until INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE routes (
  connector TEXT NOT NULL,
  conversation TEXT NOT NULL,
  thread TEXT NOT NULL,
  PRIMARY KEY (connector, conversation),
  UNIQUE (connector, thread)
) STRICT, WITHOUT ROWID;

-- What we made on the far side, so that its echo is known.
CREATE TABLE external_ids (
  connector TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (connector, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbound_events (
  connector TEXT NOT NULL,
  id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (connector, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE cursors (
  connector TEXT PRIMARY KEY,
  cursor TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY,
  agent TEXT NOT NULL,
  name TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Figures are kept, not counted: counting a long log would hold up its writers.
CREATE TABLE tallies (
  name TEXT PRIMARY KEY,
  n INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO tallies (name, n)
VALUES ('conversations', 0), ('entries', 0),
  ('due', 0), ('claimed', 0), ('unknown', 0), ('done', 0), ('parked', 0);

CREATE TRIGGER conversations_tally AFTER INSERT ON conversations BEGIN
  UPDATE tallies SET n = n + 1 WHERE name = 'conversations';
END;

CREATE TRIGGER entries_tally AFTER INSERT ON entries BEGIN
  UPDATE tallies SET n = n + 1 WHERE name = 'entries';
END;

CREATE TRIGGER deliveries_tally AFTER INSERT ON deliveries BEGIN
  UPDATE tallies SET n = n + 1 WHERE name = NEW.state;
END;

CREATE TRIGGER deliveries_tally_moved AFTER UPDATE OF state ON deliveries
WHEN OLD.state <> NEW.state BEGIN
  UPDATE tallies SET n = n - 1 WHERE name = OLD.state;
  UPDATE tallies SET n = n + 1 WHERE name = NEW.state;
END;
