import { destination, pino } from 'pino';
import { type RunningApp, startApp } from './app.ts';
import { AppFailure } from './failure.ts';
import { describeSwitches, PARENT_VARIABLE, parseSwitches, SwitchError, type Switches } from './switches.ts';

const STDERR = 2;
const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Settles when the app is asked to stop: by a signal, or by the end of the launcher that keeps our input open. */
function asked(env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve(signal));
    if (env[PARENT_VARIABLE] === undefined) return;
    process.stdin.once('close', () => resolve('end of the parent'));
    process.stdin.once('error', () => resolve('end of the parent'));
    process.stdin.resume();
  });
}

async function run(switches: Switches, env: NodeJS.ProcessEnv): Promise<number> {
  const log = pino(
    { level: switches['log-level'], base: { pid: process.pid } },
    destination({ dest: STDERR, sync: true }),
  );
  const stop = asked(env);
  const urls = (list = '') => list.split(',').filter((url) => url !== '');
  const app: RunningApp = await startApp(switches, {
    log,
    databaseUrls: urls(env.DATABASE_URLS),
    replicaUrls: urls(env.REPLICA_URLS),
    redisUrl: env.REDIS_URL,
    otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT,
    image: env.HEADROOM_IMAGE,
  });
  process.stdout.write(`${JSON.stringify({ event: 'ready', url: app.url, pid: process.pid, switches })}\n`);
  const reason = await Promise.race([stop, app.failed]);
  if (reason instanceof AppFailure) log.fatal(reason.message);
  else log.info({ reason }, 'draining');
  await app.close();
  return reason instanceof AppFailure ? EXIT.failed : EXIT.ok;
}

async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  if (argv.includes('--help')) {
    const lines = describeSwitches().map(({ name, values, description }) => `  --${name}  ${description} (${values})`);
    process.stdout.write(`node reference-app/main.ts [switches]\n${lines.join('\n')}\n`);
    return EXIT.ok;
  }
  try {
    return await run(parseSwitches(argv, env), env);
  } catch (error) {
    const expected = error instanceof SwitchError || error instanceof AppFailure;
    process.stderr.write(`${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    return error instanceof SwitchError ? EXIT.usage : EXIT.failed;
  }
}

process.exit(await main(process.argv.slice(2), process.env));
