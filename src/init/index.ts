import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CONFIG_FILES } from '../config/load.ts';
import { HeadroomError } from '../errors.ts';
import { isLoopback } from '../run/target.ts';
import { renderService, type ScaffoldFile } from './render.ts';
import { type CiKind, renderScaffold } from './scaffold.ts';
import { isUrl, knowingNothing, type Learnt, learnFrom } from './source.ts';
import { writeAll } from './write.ts';

export { CI_KINDS, type CiKind } from './scaffold.ts';
export { findSources, isUrl, type Learnt } from './source.ts';

/** What is written, from what, and where. */
export interface InitOptions {
  /** Folder that is filled. */
  cwd: string;
  /** Where the load goes; what the source says without, and this machine's port 8080 where that says nothing. */
  target: URL | null;
  /** An OpenAPI document (a file or URL), a HAR file, or an access log; null to begin with one endpoint. */
  from: string | null;
  ci: CiKind;
  /** Whether journeys also send what may change something. */
  includeUnsafe: boolean;
  /** Whether files that are there may be replaced. */
  force: boolean;
  /** Whether the user may load the target, where it is not this machine. */
  owned: boolean;
  /** Of Headroom. */
  version: string;
}

/** What was written, and what it was made of. */
export interface InitResult {
  learnt: Learnt;
  target: URL;
  /** Whether neither the options nor the source say where that is. */
  targetGuessed: boolean;
  /** Files that were written, from the folder. */
  written: string[];
  /** Files that were there, and stay as they are. */
  kept: string[];
}

const DEFAULT_TARGET = 'http://127.0.0.1:8080';

/**
 * Fills a folder with what is needed to load a service: endpoints, journeys, objectives, scenarios, configuration, and a job for CI.
 * Nothing is written when a file of that name is there, unless `force` is set; package.json, tsconfig.json and .gitignore are never
 * replaced.
 *
 * @throws HeadroomError SOURCE_UNREADABLE, LOG_UNREADABLE, FILE_EXISTS, OUTPUT_NOT_WRITABLE
 * @example
 * const { written } = await initService({
 *   cwd: '/tmp/petstore', from: 'openapi.yaml', target: null, ci: 'github',
 *   includeUnsafe: false, force: false, owned: false, version: '0.1.0',
 * });
 */
export async function initService(options: InitOptions): Promise<InitResult> {
  const { cwd, from, includeUnsafe, force, owned, ci, version } = options;
  const learnt =
    from === null ? knowingNothing() : await learnFrom(from, cwd, { includeUnsafe, target: options.target });
  const told = options.target ?? targetOf(learnt, from);
  const target = told ?? new URL(DEFAULT_TARGET);
  const files: ScaffoldFile[] = [
    ...renderScaffold({ target, owned, ci, version, folder: basename(cwd) }),
    ...renderService(learnt.model, learnt.from),
    ...learnt.files,
  ];
  const there = files.filter(({ path }) => existsSync(join(cwd, path)));
  const inTheWay = [
    ...there.filter(({ shared }) => shared !== true).map(({ path }) => path),
    // One in another form would not be read any more.
    ...CONFIG_FILES.slice(1).filter((path) => existsSync(join(cwd, path))),
  ];
  if (inTheWay.length > 0 && !force) {
    throw new HeadroomError(
      'FILE_EXISTS',
      `Nothing was written, as ${inTheWay.join(', ')} ${inTheWay.length === 1 ? 'is' : 'are'} there already.`,
      'Work in another folder, or give --force to replace them.',
    );
  }
  const kept = there.filter(({ shared }) => shared === true).map(({ path }) => path);
  const written = files.filter(({ path }) => !kept.includes(path));
  await writeAll(written.map(({ path, text }) => ({ path: join(cwd, path), text })));
  return { learnt, target, targetGuessed: told === null, written: written.map(({ path }) => path), kept };
}

/** What a source says; a document that this machine serves is that of a service here, whatever it says of others. */
function targetOf({ model }: Learnt, from: string | null): URL | null {
  const served = from !== null && isUrl(from) ? new URL(from) : null;
  const told = served !== null && isLoopback(served.hostname) ? served.origin : (model.target ?? served?.origin);
  return told === undefined ? null : new URL(told);
}
