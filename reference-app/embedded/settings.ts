/** Settings of the server, each for a reason; docs/reference/booking-app.md lists them. */
export const serverSettings = (socketDirectory: string, connections: number): Readonly<Record<string, string>> => ({
  // Only this machine, only this user: no port is opened.
  listen_addresses: '',
  unix_socket_directories: socketDirectory,
  unix_socket_permissions: '0700',
  max_connections: String(connections),
  // What a commit promised survives the death of the server, which recovers from its log, but not of the machine:
  // that is the end of a throw-away database anyway.
  synchronous_commit: 'on',
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'replica',
  // A replica that was away for a while finds what it missed.
  wal_keep_size: '256MB',
  min_wal_size: '32MB',
  max_wal_size: '1GB',
  wal_init_zero: 'off',
  checkpoint_timeout: '15min',
  // Dead with its directory: nothing is left in /dev/shm, which containers keep small.
  dynamic_shared_memory_type: 'mmap',
  shared_buffers: '128MB',
  huge_pages: 'off',
  // Few processes for few cores.
  io_method: 'sync',
  max_logical_replication_workers: '0',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  random_page_cost: '1.1',
  // The outbox and the idempotency keys change all the time.
  autovacuum_naptime: '15s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
});
