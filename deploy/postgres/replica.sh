#!/bin/sh
# Starts a standby: a copy of the primary the first time, which then follows it.
set -eu

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # A copy that was interrupted must not look like a whole one.
  rm -rf "$PGDATA" "$PGDATA.part"
  mkdir -p "$(dirname "$PGDATA")"
  chown postgres:postgres "$(dirname "$PGDATA")"
  gosu postgres pg_basebackup --host="$PRIMARY_HOST" --username=replicator --pgdata="$PGDATA.part" \
    --wal-method=stream --checkpoint=fast --write-recovery-conf
  mv "$PGDATA.part" "$PGDATA"
fi
exec docker-entrypoint.sh "$@"
