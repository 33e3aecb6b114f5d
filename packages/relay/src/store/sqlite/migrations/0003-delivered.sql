-- What has reached the other side of a conversation, beside what was read there.

-- The highest seq that was brought to each side; what is in `undelivered` it was not.
ALTER TABLE conversations ADD COLUMN delivered_visitor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN delivered_agent INTEGER NOT NULL DEFAULT 0;

-- How often what is undelivered changed: readers hear of it in any order.
ALTER TABLE conversations ADD COLUMN undelivered_n INTEGER NOT NULL DEFAULT 0;

-- Entries that were given up on the way to a side and that nobody has there. Costs nothing while
-- nothing is.
CREATE TABLE undelivered (
  conversation INTEGER NOT NULL REFERENCES conversations (key),
  side TEXT NOT NULL CHECK (side IN ('visitor', 'agent')),
  seq INTEGER NOT NULL,
  -- Why it will never arrive as it is; null: it may yet.
  code TEXT,
  -- 1: no other way is left, so its author is told.
  told INTEGER NOT NULL,
  -- For agents.
  reason TEXT NOT NULL,
  PRIMARY KEY (conversation, side, seq)
) STRICT, WITHOUT ROWID;
