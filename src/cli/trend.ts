import { writeFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { EXIT, HeadroomError } from '../errors.ts';
import { readHistory } from '../trend/history.ts';
import { trendPage, trendSvg } from '../trend/page.ts';
import { trendText } from '../trend/table.ts';
import { trendOf } from '../trend/trend.ts';
import type { AddCommand } from './main.ts';
import { keyValue } from './options.ts';

interface TrendFlags {
  runs: string;
  metric?: string[];
  scenario?: string;
  tag?: Record<string, string>;
  out?: string;
  json?: true;
}

/** What --out writes, by how the file's name ends. */
const PICTURES = { '.html': trendPage, '.svg': trendSvg };

export const trendCommand: AddCommand = (program, io, done) => {
  trendFlags(program.command('trend'))
    .description('Look for lasting changes in the history of runs, and name the run and the build that brought them.')
    .action(async (flags: TrendFlags) => {
      const history = await readHistory(resolve(io.cwd, flags.runs));
      const trend = trendOf(history, {
        ...(flags.metric === undefined ? {} : { metrics: flags.metric }),
        ...(flags.scenario === undefined ? {} : { scenario: flags.scenario }),
        ...(flags.tag === undefined ? {} : { tags: flags.tag }),
      });
      for (const { why } of trend.unreadable) io.stderr.write(`left out: ${why}\n`);
      if (flags.out !== undefined) {
        const path = resolve(io.cwd, flags.out);
        await writePicture(path, pictureOf(flags.out)(trend));
        io.stderr.write(`written to ${path}\n`);
      }
      io.stdout.write(flags.json === true ? `${JSON.stringify(trend, null, 2)}\n` : `${trendText(trend)}\n`);
      done(trend.verdict === 'pass' ? EXIT.pass : EXIT.inconclusive);
    });
};

function trendFlags(command: Command): Command {
  return command
    .option('--runs <folder>', 'where runs are kept', 'runs')
    .option(
      '--metric <name>',
      'search.p95, or p95 of every endpoint; repeatable (default: p95, successRate, rate)',
      (text: string, before: string[] = []) => [...before, text],
    )
    .option('--scenario <name>', 'only its runs')
    .option('--tag <key=value>', 'only runs with this tag; repeatable', keyValue)
    .option('--out <file>', 'write charts to a file that ends in .html or .svg', (text: string) => {
      pictureOf(text);
      return text;
    })
    .option('--json', 'print one JSON document on stdout');
}

function pictureOf(file: string): typeof trendPage {
  const picture = Object.entries(PICTURES).find(([ending]) => ending === extname(file))?.[1];
  if (picture === undefined) throw new InvalidArgumentError('It takes a file that ends in .html or .svg.');
  return picture;
}

async function writePicture(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new HeadroomError(
      'ARCHIVE_NOT_WRITABLE',
      `${path} cannot be written (${error instanceof Error ? error.message : String(error)}).`,
      'Name a file in a folder that exists and may be written, with --out.',
      { cause: error },
    );
  }
}
