import { expect, it } from 'vitest';
import { cell } from '../../src/report/markdown.ts';

it('text in a cell ends neither the cell nor the line, and is no mark-up', () => {
  expect(cell('a|b')).toBe('a\\|b');
  expect(cell('one\n\n| two |\t3')).toBe('one \\| two \\| 3');
  expect(cell('`x` *y* _z_ [l](u) <b> #1 \\')).toBe('\\`x\\` \\*y\\* \\_z\\_ \\[l\\](u) \\<b\\> \\#1 \\\\');
});
