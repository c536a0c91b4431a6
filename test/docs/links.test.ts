/** Links between the pages: none leads nowhere, and every page can be found. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = [...globSync('docs/**/*.md', { cwd: ROOT }), ...globSync(['*.md', 'bench/*.md'], { cwd: ROOT })];

/** Targets of the links of a page within the repository, and of its pictures. */
function linksOf(page: string): { to: string; anchor: string }[] {
  const text = readFileSync(join(ROOT, page), 'utf8')
    .replace(/^```.*?^```$/gms, '')
    .replace(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [path = '', anchor = ''] = target.split('#');
    return [{ to: path === '' ? page : relative(ROOT, resolve(ROOT, dirname(page), decodeURI(path))), anchor }];
  });
}

/** Anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8').replace(/^```.*?^```$/gms, '');
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

it.each(PAGES)('every link of %s leads somewhere', (page) => {
  const lost = linksOf(page).filter(
    ({ to, anchor }) =>
      !existsSync(join(ROOT, to)) || (anchor !== '' && to.endsWith('.md') && !anchorsOf(to).includes(anchor)),
  );
  expect(lost).toEqual([]);
});

it('every page is found from docs/README.md', () => {
  const found = new Set(['docs/README.md']);
  for (const page of found) if (page.endsWith('.md')) for (const { to } of linksOf(page)) found.add(to);
  expect(PAGES.filter((page) => page.startsWith('docs/') && !found.has(page))).toEqual([]);
  expect(found.size).toBeGreaterThan(30);
});

it('docs/README.md names every page itself', () => {
  const named = new Set(linksOf('docs/README.md').map(({ to }) => to));
  expect(PAGES.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md' && !named.has(page))).toEqual([]);
});
