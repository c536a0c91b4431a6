import type { DriftResult, ValidityReason } from '../results/schema.ts';

/** What to do about each reason for which a measurement cannot be trusted, by its code. */
const REMEDIES: Record<string, string> = {
  'k6-failed': 'Read the end of k6.log in the run’s folder: it names the error of the script or of the system.',
  'no-samples': 'See in k6.log whether the scenario sent anything at all.',
  'dropped-iterations':
    'Raise --vus, or lower --rate to what the target answers in time; `headroom capacity` finds that rate.',
  'rate-not-reached': 'Lower --rate to what the target answers in time, or raise --vus.',
  'vus-exhausted': 'Raise --vus, or lower --rate.',
  'generator-saturated': 'Lower --rate, take a machine with more cores, or share the load between several.',
  'rows-refused': 'See the first refused rows in k6.log, and which k6 wrote them: `headroom doctor`.',
  'samples-lost': 'Make room on the disk that holds the runs, or name another folder with --out.',
  'too-many-series': 'Give requests with changing URLs a fixed `name` tag, and tag by class, not by user.',
  'clock-stepped': 'Run again; where the clock is set often, let it be slewed instead of stepped.',
  'warmup-too-long': 'Give a longer --duration or a shorter --warmup.',
  'interrupted-too-long': 'Run again from the start.',
  'instance-missing': 'See why the instance left no folder, or was not given to `headroom merge`, and run again.',
  'instance-died': 'Read the k6.log of the instance that ended before its time, and run again.',
  'instance-windows-missing':
    'See whether the disk or the database of the instance took all of its windows, and run again.',
  'instance-rate-share': 'Give that instance a machine of its own, or lower --rate.',
  'instance-start-skew': 'Start all instances together: --paused in k6, or --instances on one machine.',
  'instance-clock-offset': 'Let the clocks of all machines be kept by one time server.',
  'too-few-samples': 'Run longer or at a higher rate, or ask for a lower quantile.',
  'objective-impossible': 'Correct the name in the objectives; an endpoint is the `name` tag of its requests.',
};

/** What to do about a reason. */
export function remedyOf({ code }: Pick<ValidityReason, 'code'>): string {
  return REMEDIES[code] ?? 'See docs/reference/validity.md.';
}

/** Codes that have a remedy of their own. */
export const REMEDIED: readonly string[] = Object.keys(REMEDIES);

/** Where to look first when a figure drifts. */
export const SUSPECTS: Readonly<Record<DriftResult['signal'], string>> = {
  latency: 'tables, queues or caches that grow',
  errorRate: 'a resource that runs out, or a dependency that gives way',
  rss: 'objects, buffers or threads that are kept',
  heap: 'a cache without a bound, or objects that are still referred to',
  connections: 'connections that are not closed or returned to their pool',
  fileDescriptors: 'files or sockets that are not closed',
  poolWait: 'statements that become slower, or connections that are held too long',
  eventLoopLag: 'work in one piece that grows with what is stored',
};
