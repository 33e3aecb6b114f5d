-- Parts of a text in parts that arrived, each written down before the next one went. Of a delivery
-- that may have arrived only the first part that is not here is in doubt.
CREATE TABLE parts (
  -- The delivery's id.
  delivery TEXT NOT NULL,
  part INTEGER NOT NULL,
  -- The far side's ids of it, a JSON list.
  external_ids TEXT NOT NULL,
  PRIMARY KEY (delivery, part)
) STRICT, WITHOUT ROWID;
