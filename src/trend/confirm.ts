import { HeadroomError } from '../errors.ts';
import type { TrendDocument, TrendGroup } from './schema.ts';

/** Two builds to be compared, since the newest run of their load shows a change for the worse. */
export interface Suspicion {
  lastGoodBuild: string;
  newestBuild: string;
  scenario: string;
  /** What shaped the runs' load. */
  settings: Record<string, string>;
  /** Metrics that became worse. */
  metrics: string[];
}

/** What may stand in a command line without a quote. */
const PLAIN = /^[\w.:@/+-]+$/;

/**
 * What the newest run casts suspicion on; null when nothing became worse with it.
 *
 * @throws HeadroomError SETTING_INVALID when its builds cannot be told apart
 */
export function suspicionOf(trend: TrendDocument): Suspicion | null {
  const [group] = trend.groups;
  const alarms = group?.metrics.filter(({ alarm }) => alarm) ?? [];
  if (group === undefined || alarms.length === 0) return null;
  // The earliest of the changes: what came before it was good for all of them.
  const changes = alarms.flatMap(({ changes: ofMetric }) => ofMetric.slice(-1));
  const [first] = changes.sort((a, b) => placeOf(group, a.lastGood) - placeOf(group, b.lastGood));
  const lastGoodBuild = first?.lastGoodBuild ?? null;
  const newestBuild = group.runs.at(-1)?.build ?? null;
  if (lastGoodBuild === null || newestBuild === null || lastGoodBuild === newestBuild) {
    throw new HeadroomError(
      'SETTING_INVALID',
      `The last good run and the newest are not of two builds that are known (${lastGoodBuild ?? 'none'} and ${newestBuild ?? 'none'}).`,
      'Tag runs with the build of their target: headroom run … --tag build=1842.',
    );
  }
  // Rounds have a length of their own.
  const { DURATION: _, WARMUP: __, ...settings } = group.settings;
  return { lastGoodBuild, newestBuild, scenario: group.scenario, settings, metrics: alarms.map(({ id }) => id) };
}

/**
 * The command that starts a build.
 *
 * @param template with {build} where the build goes
 * @throws HeadroomError SETTING_INVALID
 */
export function commandFor(template: string, build: string): string {
  if (!template.includes('{build}')) {
    throw new HeadroomError(
      'SETTING_INVALID',
      '--start does not say which build to start.',
      'Put {build} where the build goes: --start "docker run -p {port}:8080 shop:{build}".',
    );
  }
  if (!PLAIN.test(build)) {
    throw new HeadroomError(
      'SETTING_INVALID',
      `The build ${JSON.stringify(build)} cannot stand in a command line.`,
      'Use letters, digits and . : @ / + - _ in builds.',
    );
  }
  return template.replaceAll('{build}', build);
}

const placeOf = ({ runs }: TrendGroup, id: string): number => runs.findIndex((run) => run.id === id);
