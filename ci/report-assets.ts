/**
 * Makes src/report/assets.generated.ts: the report's script with uPlot in it, and uPlot's style, as text. It is committed,
 * so that rendering needs no bundler; a test makes it again and compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = new URL('..', import.meta.url);
const TARGET = new URL('src/report/assets.generated.ts', ROOT);

/** The file's text as it should be. */
export async function reportAssets(): Promise<string> {
  const script = await build({
    entryPoints: [fileURLToPath(new URL('src/report/browser/main.ts', ROOT))],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    legalComments: 'none',
  });
  const style = readFileSync(new URL('node_modules/uplot/dist/uPlot.min.css', ROOT), 'utf8');
  const licence = readFileSync(new URL('node_modules/uplot/LICENSE', ROOT), 'utf8');
  const constant = (name: string, text: string): string =>
    `export const ${name} =\n  ${JSON.stringify(text.trim())};\n`;
  return [
    '// Made by ci/report-assets.ts; a test holds it to its sources.\n',
    constant('CHART_SCRIPT', (script.outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script')),
    constant('CHART_STYLE', style),
    constant('UPLOT_LICENCE', licence),
  ].join('');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TARGET, await reportAssets());
