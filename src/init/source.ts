import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { HeadroomError } from '../errors.ts';
import { renderScenario, type Workload, workloadFromFile, workloadJson } from '../workload/index.ts';
import { isHar, modelOfHar } from './har.ts';
import { modelOfWorkload } from './log.ts';
import { type ModelChoices, type ServiceModel, UNSAFE } from './model.ts';
import { isOpenApi, modelOfOpenApi } from './openapi.ts';
import type { ScaffoldFile } from './render.ts';

/** What a service was learnt from. */
export interface Learnt {
  kind: 'openapi' | 'har' | 'log' | 'nothing';
  /** Name of the source, for people. */
  from: string;
  model: ServiceModel;
  /** Files that only this kind of source gives. */
  files: ScaffoldFile[];
}

/** Documents larger than this are none that anybody wrote; recordings may be long. */
const LARGEST_BYTES = 256 * 2 ** 20;
const FETCH_TIMEOUT_MS = 10_000;
/** Where OpenAPI documents usually lie. */
const FOLDERS = ['.', 'docs', 'api', 'spec'];
const DOCUMENT = /^(?:openapi|swagger)(?:[.-][\w.-]+)?\.(?:ya?ml|json)$/i;

/** Whether a source is fetched, and no file. */
export const isUrl = (from: string): boolean => /^https?:\/\//.test(from);

/** Looked into for what they are: a document that somebody writes is smaller. */
const LOOKED_INTO_BYTES = 8 * 2 ** 20;

/** Documents and recordings of a folder, the likeliest first: documents by their name, then by what they hold, then recordings. */
export function findSources(cwd: string): string[] {
  const found = FOLDERS.flatMap((folder) => {
    const path = join(cwd, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => join(folder, name))
      .sort();
  });
  const named = found.filter((path) => DOCUMENT.test(basename(path)));
  return [
    ...named,
    ...found.filter(
      (path) => !named.includes(path) && /\.(?:ya?ml|json)$/i.test(path) && holdsOpenApi(join(cwd, path)),
    ),
    ...found.filter((path) => path.toLowerCase().endsWith('.har')),
  ];
}

/** Whether a file is an OpenAPI document, whatever it is called. */
function holdsOpenApi(path: string): boolean {
  try {
    if (statSync(path).size > LOOKED_INTO_BYTES) return false;
    const text = decode(readFileSync(path));
    return /\b(?:openapi|swagger)["']?\s*:/.test(text) && isOpenApi(documentIn(text, path));
  } catch {
    return false;
  }
}

/** A service of which nothing is known but where it is. */
export function knowingNothing(): Learnt {
  const model: ServiceModel = {
    title: 'the service',
    target: null,
    endpoints: [{ key: 'home', method: 'GET', path: '/', about: 'GET /' }],
    journeys: [
      {
        key: 'look',
        about: 'Looks at the first page.',
        weight: 1,
        steps: [{ endpoint: 'home', parameters: {}, thinkSeconds: 0 }],
      },
    ],
    pools: [],
    auth: null,
    leftOut: [],
  };
  return { kind: 'nothing', from: 'nothing but the target', model, files: [] };
}

/**
 * Learns a service from an OpenAPI document (a file, or an http or https URL), a HAR file, or an access log.
 *
 * @throws HeadroomError SOURCE_UNREADABLE, LOG_UNREADABLE
 */
export async function learnFrom(from: string, cwd: string, choices: ModelChoices): Promise<Learnt> {
  const name = isUrl(from) ? from.replace(/[?#].*$/, '') : basename(from);
  const text = await textOf(from, cwd);
  if (text?.trim() === '') throw unreadable(from, 'it is empty');
  const document = text === null ? undefined : documentIn(text, from);
  if (text !== null && document === undefined && /\.(?:ya?ml|har)$/i.test(from)) throw unreadable(from, NEITHER);
  const learnt = document === undefined ? await fromLog(from, cwd) : fromDocument(document, name, from, choices);
  if (learnt.model.endpoints.length > 0 && learnt.model.journeys.length > 0) return learnt;
  const why = learnt.model.leftOut[0];
  throw unreadable(
    from,
    `it names nothing that can be asked for${why === undefined ? '' : `: ${why.name}: ${why.why}`}`,
    why?.why === UNSAFE
      ? 'Give another source, or --include-unsafe to send requests that may change something.'
      : 'Complete it, with example values where they are missing, or give another source.',
  );
}

/** The text of a document; null for what is a log by its looks. */
async function textOf(from: string, cwd: string): Promise<string | null> {
  if (isUrl(from)) return await fetched(from);
  const path = resolve(cwd, from);
  try {
    const { size } = await stat(path);
    if (/\.(?:log|gz)$/i.test(path)) return null;
    if (size > LARGEST_BYTES) return /\.(?:ya?ml|json|har)$/i.test(path) ? await tooLarge(from) : null;
    return decode(await readFile(path));
  } catch (error) {
    if (error instanceof HeadroomError) throw error;
    throw unreadable(from, whyNotRead(error));
  }
}

/** Text by its byte order mark: what a shell of Windows writes is UTF-16. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8').decode(bytes);
}

const NOT_READ: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read',
};

function whyNotRead(error: unknown): string {
  const { code = '', message = String(error) } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  return NOT_READ[code] ?? message;
}

async function tooLarge(from: string): Promise<never> {
  throw unreadable(from, `it is larger than ${LARGEST_BYTES / 2 ** 20} MB`);
}

async function fetched(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`the answer was ${response.status}`);
    return await response.text();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw unreadable(url, cause instanceof Error ? cause.message : String(cause));
  }
}

/** The document in a text, JSON or YAML; undefined for a text that is neither, as a log is. */
function documentIn(text: string, from: string): unknown {
  const start = text.trimStart();
  try {
    if (start.startsWith('{')) return JSON.parse(start);
  } catch (error) {
    // A recording that is cut, or was edited.
    if (/\.har$/i.test(from)) return error;
    // YAML may begin with a brace too, and a log of JSON lines does.
    if (/\n\s*\{/.test(start)) return undefined;
  }
  if (!/^[ \t]*(?:["']?(?:openapi|swagger)["']?\s*:|\{)/m.test(text)) return undefined;
  try {
    return parse(text, { logLevel: 'error', maxAliasCount: 1000 });
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return new Error(first.replace(/:$/, ''));
  }
}

function fromDocument(document: unknown, name: string, from: string, choices: ModelChoices): Learnt {
  if (document instanceof Error) throw unreadable(from, document.message);
  try {
    if (isOpenApi(document))
      return { kind: 'openapi', from: name, model: modelOfOpenApi(document, choices), files: [] };
    if (isHar(document)) return { kind: 'har', from: name, model: modelOfHar(document, choices), files: [] };
  } catch (error) {
    throw unreadable(from, error instanceof Error ? error.message : String(error));
  }
  throw unreadable(from, NEITHER);
}

const NEITHER = 'it is neither an OpenAPI document (openapi: 3.x, or swagger: 2.0) nor a HAR file';

async function fromLog(from: string, cwd: string): Promise<Learnt> {
  if (isUrl(from)) throw unreadable(from, 'it is no OpenAPI document');
  const workload: Workload = await workloadFromFile(resolve(cwd, from), { settings: { staticFiles: false } });
  return {
    kind: 'log',
    from: workload.source.name,
    model: modelOfWorkload(workload),
    files: [
      { path: 'service/workload.json', text: workloadJson(workload) },
      { path: 'scenarios/replay.ts', text: renderScenario(workload, { name: 'replay', scale: 1 }) },
    ],
  };
}

function unreadable(from: string, why: string, remedy?: string): HeadroomError {
  return new HeadroomError(
    'SOURCE_UNREADABLE',
    `No service can be learnt from ${from}: ${why}.`,
    remedy ?? 'Name an OpenAPI document, a HAR file or an access log.',
  );
}
