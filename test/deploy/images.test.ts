import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSwitches } from '../../reference-app/index.ts';
import { copiesOf, stagesOf, textsOf } from './dockerfile.ts';
import { compose, ROOT, textOf } from './stack.ts';

const IMAGES = ['deploy/app/Dockerfile', 'deploy/toolkit/Dockerfile'];
const ignored = textOf('.dockerignore').trim().split('\n');

describe.each(IMAGES)('%s', (path) => {
  const stages = stagesOf(path);
  const last = stages.at(-1);
  if (last === undefined) throw new Error(`${path} has no stage`);

  it('has stages on one base, whose version and digest are pinned, and which can be another', () => {
    expect(stages.length).toBeGreaterThan(2);
    for (const [index, { base }] of stages.entries()) {
      const earlier = stages.slice(0, index).map(({ name }) => name);
      if (base !== 'scratch' && !earlier.includes(base))
        expect(base).toMatch(/^node:\d+\.\d+\.\d+-[a-z]+-slim@sha256:[0-9a-f]{64}$/);
    }
    expect(textOf(path)).toMatch(/^ARG NODE_IMAGE=node:/m);
  });

  it('runs as an account that is not root, by number', () => {
    const users = textsOf(last, 'USER');
    expect(users).toHaveLength(1);
    expect(users[0]).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    // Nothing is done as another after that.
    const names = last.instructions.map(({ name }) => name);
    expect(names.slice(names.indexOf('USER'))).not.toContain('RUN');
  });

  it('copies what is there and what the build is given', () => {
    for (const [index, stage] of stages.entries()) {
      for (const { from, sources } of copiesOf(stage)) {
        expect(sources.length).toBeGreaterThan(0);
        if (from !== null) expect(stages.slice(0, index).map(({ name }) => name)).toContain(from);
        else {
          for (const source of sources) {
            expect(existsSync(ROOT + source), source).toBe(true);
            expect(ignored).not.toContain(source.replace(/\/$/, ''));
          }
        }
      }
    }
  });

  it('leaves out nothing that the next instructions need', () => {
    // Whatever .dockerignore keeps from the build is no file that git has and a stage copies by name, or that npm publishes.
    const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
    const isIgnored = (file: string): boolean =>
      ignored.some((pattern) => file === pattern || file.startsWith(`${pattern}/`));
    const published: string[] = JSON.parse(textOf('package.json')).files;
    for (const file of tracked.filter(isIgnored)) {
      const packed = published.some((each) => file === each || file.startsWith(`${each}/`));
      expect([file, packed]).toEqual([file, false]);
    }
  });

  it('installs as the lock file says, and lists what is in it', () => {
    const commands = stages.flatMap((stage) => textsOf(stage, 'RUN'));
    for (const command of commands.filter((each) => each.includes('npm ci')))
      expect(command).toContain('--ignore-scripts');
    expect(commands.join('\n')).not.toMatch(/npm (install|i) /);
    const dependencies = stages.find(({ name }) => name === 'dependencies');
    const own = dependencies === undefined ? [] : textsOf(dependencies, 'RUN');
    expect(own[0]).toContain('--omit=dev');
    // Without --omit, npm lists all that is installed; with it, less.
    expect(own[1]).toBe('npm pkg delete devDependencies && npm sbom --sbom-format=cyclonedx > sbom.cdx.json');
    const listed = stages.find(({ name }) => name === 'sbom');
    expect(listed?.base).toBe('scratch');
    expect(copiesOf(last).map(({ from }) => from)).toContain('dependencies');
  });

  it('has no k6', () => {
    for (const { text } of stages.flatMap(({ instructions }) => instructions)) expect(text).not.toMatch(/k6/);
  });

  it('says when it is healthy', () => {
    const [check = ''] = textsOf(last, 'HEALTHCHECK');
    expect(check).not.toBe('');
    expect(textsOf(last, 'EXPOSE').length).toBe(check === 'NONE' ? 0 : 1);
  });
});

describe('the image of the booking app', () => {
  const stages = stagesOf('deploy/app/Dockerfile');
  const last = stages.at(-1);

  it('starts and asks after the app as Compose does', () => {
    if (last === undefined) throw new Error('there is no stage');
    const service = compose.services.app;
    expect(parseSwitches([], service?.environment).port).toBe(Number(textsOf(last, 'EXPOSE')[0]));
    const [, asked = ''] = / CMD (\[.*\])$/.exec(textsOf(last, 'HEALTHCHECK')[0] ?? '') ?? [];
    expect(JSON.parse(asked)).toEqual(service?.healthcheck.test.slice(1));
    const [command = ''] = textsOf(last, 'CMD');
    expect(existsSync(ROOT + JSON.parse(command)[1])).toBe(true);
  });

  it('has every file that the app imports', () => {
    if (last === undefined) throw new Error('there is no stage');
    const there = copiesOf(last).flatMap(({ from, sources }) => (from === null ? sources : []));
    const imports = execFileSync(
      'git',
      ['grep', '-hoE', "from '\\.\\./[^']+'", '--', 'reference-app', 'lib/generators'],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
    );
    const outside = [...imports.matchAll(/'(?:\.\.\/)+(lib\/[^']+)'/g)].map(([, file = '']) => file);
    expect(outside.length).toBeGreaterThan(0);
    for (const file of outside)
      expect(
        there.some((folder) => file.startsWith(`${folder}/`)),
        file,
      ).toBe(true);
  });
});

describe('the build', () => {
  it('is given no secret', () => {
    for (const path of textOf('.gitignore').split('\n')) {
      if (/\.env$/.test(path)) expect(ignored).toContain(path.replace(/^\//, ''));
    }
  });
});
