import { existsSync, readFileSync } from 'node:fs';

/** What `npm run prove:ab` measured last, as a section; empty before it has. */
export function realSection(): string[] {
  const path = new URL('../AB.md', import.meta.url);
  if (!existsSync(path)) return [];
  const table = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|') || line.startsWith('False alarms:'));
  const [sentence = ''] = table.filter((line) => !line.startsWith('|'));
  return [
    '## On real services',
    '',
    'From [AB.md](AB.md), written by `npm run prove:ab`: the booking app against itself and against a slower one.',
    '',
    ...table.filter((line) => line.startsWith('|')),
    '',
    `${sentence.split(' (Clopper', 1).join()}.`,
    '',
  ];
}
