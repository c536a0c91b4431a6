import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { z } from 'zod';
import { HeadroomError } from '../errors.ts';
import { type Slo, sloSchema } from '../gate/slo.ts';
import { DEFAULT_SOAK, parseSource } from '../soak/signals.ts';

const CONFIG_FILES = ['headroom.config.ts', 'headroom.config.js', 'headroom.config.mjs', 'headroom.config.json'];

const source = z.string().refine((text) => parseSource(text) !== null, {
  error: 'a metric is written name, name{label="value"} or sum / count',
});
const metrics = z.array(source).exactOptional();
const amount = z.number().positive();
const limit = amount.exactOptional();

/** How soaks are judged, where it differs from the usual. */
const soakSchema = z.strictObject({
  /** Share of its level that a figure may rise by in 24 hours. */
  budget: amount.default(DEFAULT_SOAK.budget),
  /** Shortest bin in seconds; less than 900 compresses time. */
  binSeconds: z.number().int().min(1).max(86_400).default(DEFAULT_SOAK.binSeconds),
  /** Metrics of the target to look for before the usual ones. */
  metrics: z
    .strictObject({
      rss: metrics,
      heap: metrics,
      connections: metrics,
      fileDescriptors: metrics,
      poolWait: metrics,
      eventLoopLag: metrics,
    })
    .default({}),
  /** In milliseconds, bytes, numbers and shares. */
  limits: z
    .strictObject({
      latency: limit,
      rss: limit,
      heap: limit,
      connections: limit,
      fileDescriptors: limit,
      poolWait: limit,
      eventLoopLag: limit,
      errorRate: limit,
    })
    .default({}),
});

const configSchema = z.strictObject({
  soak: soakSchema.default(soakSchema.parse({})),
  /** Origins, hosts with port, or host names that may be loaded besides this machine. */
  allowedTargets: z.array(z.string()).default([]),
});
export type Config = z.infer<typeof configSchema>;

/**
 * Reads headroom.config.ts (or .js, .mjs, .json) of a folder; without one, the defaults.
 *
 * @throws HeadroomError SETTING_INVALID
 */
export async function loadConfig(cwd: string): Promise<Config> {
  const file = CONFIG_FILES.map((name) => join(cwd, name)).find((path) => existsSync(path));
  if (file === undefined) return configSchema.parse({});
  const value = await loadModule(
    file,
    (why) => new HeadroomError('SETTING_INVALID', `${file} cannot be read: ${why}.`, 'Correct the file.'),
  );
  const parsed = configSchema.safeParse(defaultOf(value));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new HeadroomError(
    'SETTING_INVALID',
    `${file}: ${issue?.path.join('.') || 'the configuration'}: ${issue?.message}.`,
    'Correct it as docs/reference/configuration.md describes.',
  );
}

/**
 * Reads objectives from a JSON, JavaScript or TypeScript file: an array, either as the document or default export, or
 * as the only export that is an array.
 *
 * @throws HeadroomError SLO_FILE_INVALID
 */
export async function loadSlos(path: string, cwd: string): Promise<Slo[]> {
  const file = resolve(cwd, path);
  const invalid = (why: string): HeadroomError =>
    new HeadroomError(
      'SLO_FILE_INVALID',
      `${path} holds no usable objectives: ${why}.`,
      'See docs/reference/slo.md for the form.',
    );
  if (!existsSync(file)) throw invalid('the file does not exist');
  const value = await loadModule(file, invalid);
  const parsed = z.array(sloSchema).min(1, 'the list is empty').safeParse(listOf(value));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const at = issue?.path[0] === undefined ? '' : `entry ${Number(issue.path[0]) + 1}: `;
  throw invalid(at + (issue?.message ?? 'not a list'));
}

async function loadModule(file: string, failure: (why: string) => HeadroomError): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw failure(error.message);
  });
  if (extname(file) === '.json') {
    try {
      return JSON.parse(text);
    } catch {
      throw failure('it is not JSON');
    }
  }
  const folder = await mkdtemp(join(tmpdir(), 'headroom-module-'));
  try {
    // Bundled first, so that TypeScript works on every Node that runs Headroom, and imports beside the file are found.
    const outfile = join(folder, 'module.mjs');
    await build({ entryPoints: [file], outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' });
    return await import(pathToFileURL(outfile).href);
  } catch (error) {
    throw failure(
      error instanceof Error
        ? (error.message.split('\n').find((line) => line.includes('ERROR')) ?? error.message).trim()
        : String(error),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function defaultOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'default' in value ? value.default : value;
}

function listOf(value: unknown): unknown {
  const document = defaultOf(value);
  if (Array.isArray(document) || typeof document !== 'object' || document === null) return document;
  const lists = Object.values(document).filter((entry) => Array.isArray(entry));
  return lists.length === 1 ? lists[0] : document;
}
