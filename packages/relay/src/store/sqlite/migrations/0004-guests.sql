-- Visitors who came to somebody's conversation by a link that only he was sent: the same person,
-- for all we know, in another browser.
CREATE TABLE guests (
  conversation INTEGER NOT NULL REFERENCES conversations (key),
  site TEXT NOT NULL,
  visitor TEXT NOT NULL,
  came INTEGER NOT NULL,
  PRIMARY KEY (conversation, visitor)
) STRICT, WITHOUT ROWID;
CREATE INDEX guests_visitor ON guests (site, visitor);
