#!/usr/bin/env node
/**
 * Stands for k6 in the runner's image (docs/reference/k8s.md): `k6 run`, as k6-operator starts it, becomes an instance of
 * `headroom run`; everything else goes to the k6 that K6_PATH names.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { EXIT, HeadroomError } from '../errors.ts';
import { runnerArguments } from '../k8s/runner.ts';
import { processIo } from './process-io.ts';

const argv = process.argv.slice(2);

async function instance(): Promise<number> {
  const { run } = await import('./main.ts');
  try {
    return await run(runnerArguments(argv, process.env), processIo());
  } catch (error) {
    if (!(error instanceof HeadroomError)) throw error;
    process.stderr.write(`headroom: ${error.message}\n${error.remedy}\n`);
    return error.exitCode;
  }
}

async function k6(path: string | undefined): Promise<number> {
  if (!path) {
    process.stderr.write('headroom: K6_PATH is not set.\nName the k6 that this program stands for.\n');
    return EXIT.environment;
  }
  const child = spawn(path, argv, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return await new Promise((resolve) => {
    child.once('error', ({ message }) => {
      process.stderr.write(`headroom: k6 cannot be started: ${message}.\nName it with K6_PATH.\n`);
      resolve(EXIT.environment);
    });
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

process.exitCode = argv[0] === 'run' ? await instance() : await k6(process.env.K6_PATH);
