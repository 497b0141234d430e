-- Runs outside a transaction.
SET lock_timeout = '5s';
SET statement_timeout = 0;
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_region ON orders (region);
