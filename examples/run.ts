/** Runs a scenario and ends as `headroom run` does. */
import {
  type Config,
  ERRORS,
  type ErrorCode,
  EXIT,
  type ExitCode,
  exitCodeOf,
  findK6,
  HeadroomError,
  type LiveStatus,
  launchApp,
  listScenarios,
  loadConfig,
  permittedTarget,
  type RunningApp,
  type RunOptions,
  type RunOutcome,
  renderSummary,
  runScenario,
} from 'headroom-k6';

const { signal } = new AbortController();
const show = ({ requestRate, errorRate }: LiveStatus): unknown =>
  process.stderr.write(`${requestRate}/s, ${errorRate} failed\n`);

/** Loads a target with a built-in scenario, at 20 journeys a second. */
export async function load(address: string): Promise<RunOutcome> {
  const { allowedTargets }: Config = await loadConfig('.');
  const options: RunOptions = {
    scenario: listScenarios().find((name) => name === 'load') ?? 'smoke',
    target: permittedTarget(address, { owned: false, allowedTargets }),
    k6: await findK6({ env: process.env }),
    seed: 1,
    settings: { RATE: '20', DURATION: '2m' },
    env: process.env,
    runsFolder: 'runs',
    cwd: '.',
    audit: true,
    signal,
    now: Date.now,
    onStatus: show,
  };
  return await runScenario(options);
}

/** Rehearses it on the booking app. */
export async function rehearse(): Promise<ExitCode> {
  const app: RunningApp = await launchApp({ args: ['--shards', '2'], env: process.env, signal });
  try {
    const { run, reportPath } = await load(app.url.href);
    process.stderr.write(`${renderSummary(run, { colour: false })}\n${reportPath}\n`);
    return exitCodeOf(run.verdict);
  } catch (error) {
    if (!(error instanceof HeadroomError)) throw error;
    process.stderr.write(`${error.message} ${error.remedy}\n`);
    return isEnvironment(error.code) ? EXIT.environment : EXIT.usage;
  } finally {
    await app.stop();
  }
}

const isEnvironment = (code: ErrorCode): boolean => ERRORS[code] === EXIT.environment;
