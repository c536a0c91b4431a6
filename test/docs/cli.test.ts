import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/main.ts';
import { silentIo } from '../cli/io.ts';

const TEXT = readFileSync(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8');

/** Every command that does something, with its name as it is typed. */
function named(parent: Command, path: string[] = []): [name: string, command: Command][] {
  return parent.commands.flatMap((command): [string, Command][] => {
    const here = [...path, command.name()];
    const below = named(command, here);
    return below.length > 0 && command.name() !== 'app' ? below : [[here.join(' '), command], ...below];
  });
}

describe('docs/reference/cli.md', () => {
  const commands = named(createProgram(silentIo(), () => {}));
  const sections = new Map(
    TEXT.split(/^#{2,3} headroom /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')), section]),
  );

  it('has every command and no other', () => {
    expect([...sections.keys()].sort()).toEqual(commands.map(([name]) => name).sort());
  });

  it.each(commands)('has every flag of %s and no other', (name, command) => {
    const documented = [...(sections.get(name) ?? '').matchAll(/`(--[a-z0-9-]+)(?: <[^>]+>)?`/g)].map(
      ([, flag]) => flag,
    );
    const allowed = ['run', 'ui'].includes(name) ? documented : documented.filter((flag) => flag !== '--port');
    expect([...new Set(allowed)].sort()).toEqual(command.options.map(({ long }) => long).sort());
  });
});
