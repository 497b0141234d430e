-- Expands the table: the column is nullable until it is filled in batches and the constraint is validated (PG-2).
SET lock_timeout = '5s';
ALTER TABLE orders ADD COLUMN region text;
ALTER TABLE orders ADD CONSTRAINT orders_region_set CHECK (region IS NOT NULL) NOT VALID;
