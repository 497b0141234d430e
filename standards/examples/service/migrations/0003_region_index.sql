-- Runs outside a transaction. No IF NOT EXISTS: it would accept the invalid index that a failure leaves behind.
SET lock_timeout = '5s';
SET statement_timeout = 0;
CREATE INDEX CONCURRENTLY orders_region ON orders (region);
