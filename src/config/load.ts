import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { z } from 'zod';
import { HeadroomError } from '../errors.ts';
import { nearestName } from '../gate/nearest.ts';
import { type Slo, sloSchema } from '../gate/slo.ts';
import { type Config, configSchema } from './schema.ts';

/** Names of a configuration, of which the first that is there is read. */
export const CONFIG_FILES = ['headroom.config.ts', 'headroom.config.js', 'headroom.config.mjs', 'headroom.config.json'];

export type { Config } from './schema.ts';

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
  throw new HeadroomError(
    'SETTING_INVALID',
    `${file}: ${complaintOf(parsed.error)}.`,
    'Correct it as docs/reference/configuration.md describes.',
  );
}

/** What is wrong, and what was probably meant. */
function complaintOf({ issues: [issue] }: z.ZodError): string {
  const path = issue?.path.map(String) ?? [];
  if (issue?.code === 'unrecognized_keys') {
    const name = issue.keys[0] ?? '';
    const nearest = nearestName(name, settingsAt(configSchema, path));
    return `there is no setting "${[...path, name].join('.')}"; the nearest is "${[...path, nearest].join('.')}"`;
  }
  return `${path.join('.') || 'the configuration'}: ${issue?.message.replace(/^Invalid input: /, '')}`;
}

/** Names of the settings below a path. */
function settingsAt(schema: unknown, path: readonly string[]): string[] {
  if (schema instanceof z.ZodDefault) return settingsAt(schema.unwrap(), path);
  if (!(schema instanceof z.ZodObject)) return [];
  const [first, ...rest] = path;
  return first === undefined ? Object.keys(schema.shape) : settingsAt(schema.shape[first], rest);
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
    await build({
      entryPoints: [file],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
      plugins: [ownDefineConfig],
    });
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

/** Answers `import { defineConfig } from 'headroom-k6/config'`, installed beside the configuration or not. */
const ownDefineConfig: Plugin = {
  name: 'headroom-config',
  setup({ onResolve }) {
    onResolve({ filter: /^headroom-k6\/config$/ }, () => ({
      path: fileURLToPath(new URL(`./define${extname(import.meta.url)}`, import.meta.url)),
    }));
  },
};

function defaultOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'default' in value ? value.default : value;
}

function listOf(value: unknown): unknown {
  const document = defaultOf(value);
  if (Array.isArray(document) || typeof document !== 'object' || document === null) return document;
  const lists = Object.values(document).filter((entry) => Array.isArray(entry));
  return lists.length === 1 ? lists[0] : document;
}
