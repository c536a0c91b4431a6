import { join, resolve } from 'node:path';
import { EXIT } from '../errors.ts';
import { findK6 } from '../k6/find.ts';
import { measureMatrix } from '../matrix/matrix.ts';
import { matrixMarkdown, matrixSvg } from '../matrix/render.ts';
import { combine, parseSettings } from '../matrix/settings.ts';
import { makeResultsFolder, writeResults } from '../results/document.ts';
import { loadEnv } from './load-env.ts';
import type { AddCommand } from './main.ts';
import { durationText, numberFrom, wholeNumber } from './options.ts';
import { ProgressView } from './progress.ts';

interface MatrixFlags {
  vary: string[];
  setting: string[];
  rate: number;
  peak: number;
  duration: string;
  rounds: number;
  mix: string;
  seed: number;
  out: string;
  json?: true;
}

const collect = (text: string, before: string[]): string[] => [...before, text];

export const matrixCommand: AddCommand = (program, io, done) => {
  program
    .command('matrix')
    .description('Measure the limit and the latencies of the reference app under chosen settings of its switches.')
    .argument('[switches...]', 'after --: switches of all settings, such as -- --pool 4 --db-service-time 20')
    .option('--vary <switch=values>', 'every combination of these values: shards=1,2,4; repeatable', collect, [])
    .option('--setting <switches>', 'this setting too: shards=4,cache=memory; repeatable', collect, [])
    .option('--rate <n>', 'journeys per second of the steady runs', numberFrom(0, true), 10)
    .option('--peak <n>', 'journeys per second at the end of the climb', numberFrom(0, true), 200)
    .option('--duration <time>', 'length of each run', durationText, '25s')
    .option('--rounds <n>', 'times that each setting is measured', wholeNumber(1), 3)
    .option('--mix <name>', 'booking, or browse for reads alone', 'booking')
    .option('--seed <n>', 'of the order and the requests', wholeNumber(0), 1)
    .option('--out <folder>', 'where the runs and the results go', 'matrix')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  headroom matrix --vary shards=1,2,4 --vary cache=off,memory -- --pool 4 --db-service-time 20\n  headroom matrix --setting sick --setting shards=4,cache=memory',
    )
    .action(async (switches: string[], flags: MatrixFlags) => {
      const folder = resolve(io.cwd, flags.out);
      const texts = [...(flags.vary.length === 0 ? [] : combine(flags.vary)), ...flags.setting];
      const settings = parseSettings(texts.length === 0 ? [''] : texts, switches);
      const view = new ProgressView(io);
      const k6 = await findK6({ env: io.env, log: (line) => view.note(line), signal: io.signal });
      await makeResultsFolder(folder);
      const matrix = await measureMatrix({
        settings,
        rounds: flags.rounds,
        rate: flags.rate,
        peak: flags.peak,
        duration: flags.duration,
        mix: flags.mix,
        seed: flags.seed,
        k6,
        runsFolder: join(folder, 'runs'),
        cwd: io.cwd,
        env: loadEnv(io),
        signal: io.signal,
        now: io.now,
        onProgress: (line) => view.note(line),
        onMeasured: async (measured) => {
          await writeResults(folder, 'matrix.json', `${JSON.stringify(measured, null, 2)}\n`);
          await writeResults(folder, 'matrix.md', matrixMarkdown(measured));
          await writeResults(folder, 'matrix.svg', matrixSvg(measured));
        },
      });
      if (flags.json === true) io.stdout.write(`${JSON.stringify(matrix, null, 2)}\n`);
      else {
        io.stderr.write(`\n${matrixMarkdown(matrix)}\n`);
        io.stdout.write(`${join(folder, 'matrix.md')}\n${join(folder, 'matrix.svg')}\n`);
      }
      const audits = matrix.settings.flatMap(({ measurements }) => measurements.map(({ audit }) => audit));
      done(audits.includes(false) ? EXIT.fail : EXIT.pass);
    });
};
