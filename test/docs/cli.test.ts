import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/main.ts';
import { silentIo } from '../cli/io.ts';

const TEXT = readFileSync(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8');

describe('docs/reference/cli.md', () => {
  const { commands } = createProgram(silentIo(), () => {});
  const sections = new Map(
    TEXT.split(/^## headroom /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')), section]),
  );

  it('has every command and no other', () => {
    expect([...sections.keys()].sort()).toEqual(commands.map((command) => command.name()).sort());
  });

  it.each(commands.map((command) => [command.name(), command] as const))(
    'has every flag of %s and no other',
    (name, command) => {
      const documented = [...(sections.get(name) ?? '').matchAll(/`(--[a-z-]+)(?: <[^>]+>)?`/g)].map(
        ([, flag]) => flag,
      );
      const allowed = name === 'run' ? documented : documented.filter((flag) => flag !== '--port');
      expect([...new Set(allowed)].sort()).toEqual(command.options.map(({ long }) => long).sort());
    },
  );
});
