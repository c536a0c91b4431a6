/**
 * Makes src/report/assets.generated.ts: the report's script with uPlot in it, and uPlot's style, as text; and
 * src/ui/assets.generated.ts: the script of the live view. They are committed, so that rendering needs no bundler; a test
 * makes them again and compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = new URL('..', import.meta.url);
const TARGET = new URL('src/report/assets.generated.ts', ROOT);
const UI_TARGET = new URL('src/ui/assets.generated.ts', ROOT);

/** The file's text as it should be. */
export async function reportAssets(): Promise<string> {
  const style = readFileSync(new URL('node_modules/uplot/dist/uPlot.min.css', ROOT), 'utf8');
  const licence = readFileSync(new URL('node_modules/uplot/LICENSE', ROOT), 'utf8');
  return [
    HEAD,
    constant('CHART_SCRIPT', await bundled('src/report/browser/main.ts')),
    constant('CHART_STYLE', style),
    constant('UPLOT_LICENCE', licence),
  ].join('');
}

/** The text of src/ui/assets.generated.ts as it should be. */
export async function uiAssets(): Promise<string> {
  return `${HEAD}${constant('LIVE_SCRIPT', await bundled('src/ui/browser/live.ts'))}`;
}

const HEAD = '// Made by ci/report-assets.ts; a test holds it to its sources.\n';

const constant = (name: string, text: string): string => `export const ${name} =\n  ${JSON.stringify(text.trim())};\n`;

async function bundled(entry: string): Promise<string> {
  const script = await build({
    entryPoints: [fileURLToPath(new URL(entry, ROOT))],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    legalComments: 'none',
  });
  return (script.outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(TARGET, await reportAssets());
  writeFileSync(UI_TARGET, await uiAssets());
}
