import { describe, expect, it } from 'vitest';
import { annotationsOf, casesOf } from '../../src/ci/index.ts';
import type { Gate } from '../../src/gate/gate.ts';
import { GATES, madeUpGate } from './gates.ts';

/** Commands as GitHub's runner reads them: the first `::` after the properties ends them, then escapes are undone. */
function commandsIn(text: string): { command: string; title: string; message: string }[] {
  const plain = (escaped: string): string =>
    escaped
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, command, title, message] = /^::(error|warning|notice) title=([^:,]*)::(.*)$/.exec(line) ?? [];
      if (command === undefined || title === undefined || message === undefined) throw new Error(`no command: ${line}`);
      return { command, title: plain(title), message: plain(message) };
    });
}

describe('annotations of a gate', () => {
  it.each(Object.entries(GATES))('that is %s: what is wrong, then the objectives that are met', (_, gate) => {
    const cases = casesOf(gate);
    const wrong = cases.filter(({ status }) => status !== 'pass');
    const met = cases.filter(({ group, status }) => group === 'objective' && status === 'pass');
    const commands = commandsIn(annotationsOf(gate));
    expect(commands.map(({ title }) => title)).toEqual(
      [...wrong, ...met].map(({ name }) => `Headroom ${gate.scenario}: ${name}`),
    );
    expect(commands.slice(0, wrong.length).map(({ message }) => message)).toEqual(wrong.map(({ message }) => message));
    expect(commands.slice(wrong.length).every(({ command }) => command === 'notice')).toBe(true);
  });

  it('say what was observed and allowed', () => {
    const commands = commandsIn(annotationsOf(GATES.fail as Gate));
    expect(commands).toContainEqual({
      command: 'error',
      title: 'Headroom load: search.p95',
      message: 'search.p95 is 412 ms, allowed is ≤ 300 ms',
    });
    expect(commands).toContainEqual({
      command: 'notice',
      title: 'Headroom load: book.p99',
      message: 'book.p99 is 571 ms, allowed is ≤ 600 ms, margin +29.0 ms (+4.8 %)',
    });
    expect(commandsIn(annotationsOf(GATES.inconclusive as Gate))[0]?.command).toBe('warning');
  });

  it('cannot be broken out of by names from elsewhere', () => {
    const [slo] = madeUpGate().slo;
    if (slo === undefined) throw new Error('the made-up run has objectives');
    const id = 'a,b:c%0A\n::error::owned\r::';
    const [only, ...more] = commandsIn(annotationsOf({ ...madeUpGate(), audit: null, slo: [{ ...slo, id }] }));
    expect(more).toEqual([]);
    expect(only?.title).toBe(`Headroom load: ${id}`);
    expect(only?.message).toContain(id);
  });
});
