import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Server } from '../database/postgres.ts';
import { type RunningServer, type ServerOptions, startServer } from './server.ts';
import { copyTree } from './template.ts';

/** More than the largest pool comes to. */
const MOST_CONNECTIONS = 600;

/**
 * Makes a streaming replica of a cluster that is not running yet: a copy that replays what the primary writes.
 * PostgreSQL's manual, "Log-Shipping Standby Servers".
 *
 * @returns starts the replica, once the primary runs
 */
export async function prepareStandby(
  primaryDirectory: string,
  standbyDirectory: string,
): Promise<(options: Omit<ServerOptions, 'dataDirectory'>, primary: Server) => Promise<RunningServer>> {
  await copyTree(primaryDirectory, standbyDirectory);
  await writeFile(path.join(standbyDirectory, 'standby.signal'), '', { mode: 0o600 });
  return (options, primary) => {
    if (!('host' in primary)) throw new TypeError('the primary has a socket');
    return startServer({
      ...options,
      dataDirectory: standbyDirectory,
      settings: {
        primary_conninfo: `host=${primary.host} port=${primary.port} user=${primary.user} application_name=replica`,
        hot_standby: 'on',
        // A standby does not start with fewer than its primary, in this run or in an earlier one on this data, ever had.
        max_connections: String(Math.max(MOST_CONNECTIONS, options.connections)),
        // A read here may take longer than the primary keeps what it sees.
        hot_standby_feedback: 'on',
      },
    });
  };
}
