-- What the way to and from the far sides needs to know beyond a conversation's thread.

-- Which conversation, entry and delivery a message of ours on a far side came from: a quoted reply
-- on a line says where it belongs, and a receipt told later says what it is about.
ALTER TABLE external_ids ADD COLUMN conversation TEXT;
ALTER TABLE external_ids ADD COLUMN seq INTEGER;
ALTER TABLE external_ids ADD COLUMN delivery TEXT;
-- What was heard of it later: sent 1, failed 2, delivered 3, read 4.
ALTER TABLE external_ids ADD COLUMN heard INTEGER NOT NULL DEFAULT 0;

-- The key of the delivery it was sent together with.
ALTER TABLE deliveries ADD COLUMN leader INTEGER;
CREATE INDEX deliveries_together ON deliveries (leader) WHERE leader IS NOT NULL;
-- What was refused of a conversation. Costs nothing while nothing is.
CREATE INDEX deliveries_refused ON deliveries (connector, conversation, seq) WHERE state = 'parked';

-- The desks of a conversation, a JSON list; null: all of its site.
ALTER TABLE conversations ADD COLUMN desks TEXT;

-- Desks that a conversation had: its head when they left, and what they told since then, a JSON list
-- of seqs. What is above and not theirs they missed.
CREATE TABLE desks_away (
  connector TEXT NOT NULL,
  conversation TEXT NOT NULL,
  head INTEGER NOT NULL,
  own TEXT NOT NULL,
  PRIMARY KEY (connector, conversation)
) STRICT, WITHOUT ROWID;

-- When the person at an address last wrote to us, and when we last sent what opens it again.
CREATE TABLE windows (
  connector TEXT NOT NULL,
  address TEXT NOT NULL,
  opened INTEGER NOT NULL,
  woken INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (connector, address)
) STRICT, WITHOUT ROWID;

-- One row per word of a person about wanting messages; the newest one holds, the older are its proof.
CREATE TABLE opts (
  connector TEXT NOT NULL,
  address TEXT NOT NULL,
  time INTEGER NOT NULL,
  out INTEGER NOT NULL,
  PRIMARY KEY (connector, address, time)
) STRICT, WITHOUT ROWID;

-- One-time codes that bind an address elsewhere to a conversation. The code itself is not kept.
CREATE TABLE hand_overs (
  code_hash BLOB PRIMARY KEY,
  site TEXT NOT NULL,
  conversation TEXT NOT NULL,
  visitor TEXT NOT NULL,
  expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX hand_overs_end ON hand_overs (expires);

-- Connectors set up in the console. Settings are sealed: AES-256-GCM under the relay's key.
CREATE TABLE connectors (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  type TEXT NOT NULL,
  role TEXT NOT NULL,
  sealed BLOB NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
