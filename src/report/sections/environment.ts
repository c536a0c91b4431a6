import type { Run } from '../../results/schema.ts';
import { FLAG_OF_SETTING, OTHERS } from '../../results/settings.ts';
import { type Html, html, isolated, type Part } from '../html.ts';
import { bytes, count, instant } from '../numbers.ts';
import { details, section } from './parts.ts';

/** Where and how it ran, and how to run it again. */
export function environmentSection(run: Run): Html {
  const { environment, generator, checks } = run;
  const tags = Object.entries(run.tags).map(([key, value]) => `${key}=${value}`);
  const entries: [string, Part][] = [
    ['Run', isolated(run.id)],
    ['Started', instant(run.startedAt)],
    ['Ended', run.endedAt === null ? 'not recorded: the run was stopped' : instant(run.endedAt)],
    ['Seed', String(run.seed)],
    ...(run.image === undefined ? [] : [['Image', html`<code>${run.image}</code>`] satisfies [string, Part]]),
    ['Tags', tags.length === 0 ? 'none' : isolated(tags.join(', '))],
    ['Checks of the scenario', `${count(checks.passed)} passed, ${count(checks.failed)} failed`],
    ['Headroom', environment.headroomVersion],
    ['k6', generator.k6Version],
    ['Node', environment.node],
    ['System', `${environment.os}, ${environment.cpus} ${environment.cpus === 1 ? 'core' : 'cores'}`],
    ['Commit', environment.gitSha === null ? 'none' : html`<code>${environment.gitSha.slice(0, 12)}</code>`],
    ['CPU time of the generator', `${count(generator.cpuSeconds)} s`],
    ['Memory of k6 at most', bytes(generator.peakRssBytes)],
    ['Memory of the collector at most', bytes(generator.collectorPeakRssBytes)],
  ];
  return section(
    'environment',
    'Environment',
    html`${details(entries)}<h3>The same requests again</h3><p class="note">The seed fixes what each iteration sends. On the same database, give another <code>RUN</code>, or the slots are taken.</p><pre tabindex="0"><code>${command(run)}</code></pre>`,
  );
}

/** The shell command that runs the scenario again. */
function command({ scenario, target, seed, settings, tags, image }: Run): string {
  const shaped = Object.entries(FLAG_OF_SETTING).flatMap(([name, flag]) => {
    const value = settings[name];
    return value === undefined ? [] : [` --${flag} ${quoted(value)}`];
  });
  const named = OTHERS.flatMap((name) => {
    const value = settings[name];
    return value === undefined ? [] : [` --env ${quoted(`${name}=${value}`)}`];
  });
  const tagged = Object.entries(tags).map(([key, value]) => ` --tag ${quoted(`${key}=${value}`)}`);
  const of = image === undefined ? '' : ` --image ${quoted(image)}`;
  return `headroom run ${quoted(scenario)} --target ${quoted(target)} --seed ${seed}${shaped.join('')}${named.join('')}${tagged.join('')}${of}`;
}

/** A word for a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
