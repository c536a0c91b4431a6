import { resolve } from 'node:path';
import { BASELINES_FOLDER, folderStore } from '../gate/folder-store.ts';
import type { BaselineStore } from '../gate/store.ts';
import { influxStore } from '../publish/baselines.ts';
import { influxAddress } from '../publish/influx.ts';
import type { Io } from './io.ts';

/** The flag that says where baselines are. */
export const BASELINES_FLAG = [
  '--baselines <folder or url>',
  'where baselines are kept: a folder, or an InfluxDB such as http://127.0.0.1:8086/headroom',
  BASELINES_FOLDER,
] as const;

export function baselinesAt(text: string, io: Io): BaselineStore {
  return /^https?:\/\//i.test(text) ? influxStore(influxAddress(text, io.env)) : folderStore(resolve(io.cwd, text));
}
