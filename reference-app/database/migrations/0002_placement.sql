-- Which logical shards this database holds, and how often each has been moved.
CREATE TABLE placement (
  logical_shard int PRIMARY KEY CHECK (logical_shard BETWEEN 0 AND 63),
  epoch         int NOT NULL DEFAULT 0
);
-- A database that was filled before there was a choice holds them all.
INSERT INTO placement (logical_shard) SELECT generate_series(0, 63) FROM world;

-- Numbers of the outbox begin anew in each database, and messages move with their booking: here they are no key.
ALTER TABLE notifications DROP CONSTRAINT notifications_pkey;
ALTER TABLE notifications ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;

-- Removes the rows of a logical shard, and the claim to it.
CREATE FUNCTION drop_logical_shard(moved int) RETURNS void
  LANGUAGE sql
  BEGIN ATOMIC
    DELETE FROM notifications WHERE logical_shard(booking_id) = moved;
    DELETE FROM outbox WHERE logical_shard(booking_id) = moved;
    DELETE FROM idempotency_keys WHERE logical_shard(user_id) = moved;
    DELETE FROM payments WHERE logical_shard(id) = moved;
    DELETE FROM bookings WHERE logical_shard(id) = moved;
    DELETE FROM sitters WHERE logical_shard(id) = moved;
    DELETE FROM pets WHERE logical_shard(id) = moved;
    DELETE FROM users WHERE logical_shard(id) = moved;
    DELETE FROM placement WHERE logical_shard = moved;
  END;
