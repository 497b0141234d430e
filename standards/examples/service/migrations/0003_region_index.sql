-- Runs outside a transaction. No IF NOT EXISTS: it would accept the invalid index that a failure leaves behind.
-- Waits for older transactions and blocks no query, so no timeout may cut it short.
SET lock_timeout = 0;
SET statement_timeout = 0;
CREATE INDEX CONCURRENTLY orders_region ON orders (region);
