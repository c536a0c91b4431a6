-- The booking app's first floor. Every id is 63 bits: 41 of time, 6 of logical shard, 16 of sequence.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE FUNCTION logical_shard(id bigint) RETURNS int
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN ((id >> 16) & 63)::int;

-- What was seeded: one row once the seed is complete.
CREATE TABLE world (
  seed    bigint NOT NULL,
  users   int    NOT NULL,
  sitters int    NOT NULL
);

-- Users and pets live on the shard of the user's region.
CREATE TABLE users (
  id         bigint PRIMARY KEY,
  name       text NOT NULL,
  email      text NOT NULL,
  region     text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE pets (
  id      bigint PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users,
  name    text NOT NULL,
  type    text NOT NULL CHECK (type IN ('dog', 'cat', 'rabbit', 'bird'))
);
CREATE INDEX pets_of_user ON pets (user_id);

-- Sitters, their schedule and its payments live on the shard of the sitter's region.
CREATE TABLE sitters (
  id                 bigint PRIMARY KEY,
  name               text NOT NULL,
  region             text NOT NULL,
  pet_types          text[] NOT NULL,
  rating             double precision NOT NULL,
  review_count       int NOT NULL,
  bio                text NOT NULL,
  hourly_price_minor int NOT NULL CHECK (hourly_price_minor > 0),
  currency           text NOT NULL
);
-- A search reads the best sitters first and stops after one page.
CREATE INDEX sitters_in_region_by_rating ON sitters (region, rating DESC, id);
CREATE INDEX sitters_by_rating ON sitters (rating DESC, id);

-- user_id and pet_id have no foreign key: their rows may be in another database.
CREATE TABLE bookings (
  id              bigint PRIMARY KEY,
  user_id         bigint NOT NULL,
  pet_id          bigint NOT NULL,
  sitter_id       bigint NOT NULL REFERENCES sitters,
  slot            tstzrange NOT NULL CHECK (NOT isempty(slot) AND lower_inc(slot) AND NOT upper_inc(slot)),
  status          text NOT NULL DEFAULT 'held' CHECK (status IN ('held', 'confirmed', 'cancelled', 'expired')),
  hold_expires_at timestamptz NOT NULL,
  price_minor     int NOT NULL,
  currency        text NOT NULL,
  -- The payment under way, and the key it has at the provider. While they are set, only that payment
  -- (or the settling of it) may change the status; hold_expires_at is then the end of its lease.
  payment_id      bigint,
  provider_key    text,
  created_at      timestamptz NOT NULL DEFAULT now(),
  -- The one place that decides about double booking.
  CONSTRAINT bookings_no_overlap EXCLUDE USING gist (sitter_id WITH =, slot WITH &&)
    WHERE (status IN ('held', 'confirmed'))
);
CREATE INDEX bookings_held ON bookings (hold_expires_at) WHERE status = 'held';

CREATE TABLE payments (
  id           bigint PRIMARY KEY,
  booking_id   bigint NOT NULL UNIQUE REFERENCES bookings,
  user_id      bigint NOT NULL,
  amount_minor int NOT NULL,
  currency     text NOT NULL,
  charge_id    text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now()
);

-- On the user's shard, so that one key means one request whatever is paid with it.
CREATE TABLE idempotency_keys (
  user_id          bigint NOT NULL,
  key              text NOT NULL,
  request_hash     bytea NOT NULL,
  payment_id       bigint NOT NULL,
  -- Until then the request that took the key is taken to be running.
  lease_expires_at timestamptz NOT NULL,
  response_status  int,
  response_body    text,
  created_at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, key)
);

-- Messages to send, written in the transaction that they tell of.
CREATE TABLE outbox (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic      text NOT NULL,
  booking_id bigint NOT NULL,
  user_id    bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
-- What the relay sent.
CREATE TABLE notifications (
  outbox_id  bigint PRIMARY KEY,
  topic      text NOT NULL,
  booking_id bigint NOT NULL,
  user_id    bigint NOT NULL,
  sent_at    timestamptz NOT NULL DEFAULT now()
);

-- The simulated payment provider's own books. The app never reads them; the audit compares them with the app's.
CREATE SCHEMA provider;
CREATE TABLE provider.charges (
  key          text PRIMARY KEY,
  charge_id    text NOT NULL UNIQUE,
  reference    text NOT NULL,
  status       text NOT NULL CHECK (status IN ('captured', 'declined', 'voided')),
  amount_minor int NOT NULL,
  currency     text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now()
);
