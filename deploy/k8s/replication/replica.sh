#!/bin/sh
# Starts the standby of the primary with the same number: a copy of it the first time, which then follows it.
set -eu

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # A copy that was interrupted must not look like a whole one.
  rm -rf "$PGDATA" "$PGDATA.part"
  mkdir -p "$(dirname "$PGDATA")"
  self=$(hostname)
  pg_basebackup --host="postgres-${self##*-}.postgres" --username=replicator --pgdata="$PGDATA.part" \
    --wal-method=stream --checkpoint=fast --write-recovery-conf
  chmod 0700 "$PGDATA.part"
  mv "$PGDATA.part" "$PGDATA"
fi
exec docker-entrypoint.sh "$@"
