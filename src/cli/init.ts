import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option } from 'commander';
import { EXIT, HeadroomError } from '../errors.ts';
import { CI_KINDS, type CiKind, findSources, type InitResult, initService, isUrl } from '../init/index.ts';
import { headroomVersion } from '../run/environment.ts';
import { isLoopback, permittedTarget } from '../run/target.ts';
import type { Io } from './io.ts';
import type { AddCommand } from './main.ts';
import { Questions } from './questions.ts';

interface InitFlags {
  target?: string;
  from?: string;
  ci?: CiKind;
  includeUnsafe?: true;
  force?: true;
  yes?: true;
  yesIOwnThisTarget?: true;
  json?: true;
}

export const initCommand: AddCommand = (program, io, done) => {
  program
    .command('init')
    .description('Fill this folder with scenarios, objectives and a configuration for a service of yours.')
    .option(
      '--from <document>',
      'OpenAPI document (file or URL), HAR file, or access log; without, a document or recording of the folder',
    )
    .option('--target <url>', 'where to send the load; what the document says without')
    .addOption(new Option('--ci <kind>', 'job for CI').choices([...CI_KINDS]))
    .option('--include-unsafe', 'send requests that may change something too: POST, PUT, PATCH')
    .option('--force', 'replace files that are there')
    .option('--yes', 'ask nothing')
    .option('--yes-i-own-this-target', 'write a target that is not this machine into allowedTargets')
    .option('--json', 'print what was done as one JSON document; asks nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  headroom init\n  headroom init --from openapi.yaml --target http://127.0.0.1:8080 --ci github\n  headroom init --from recording.har\n  headroom init --from access.log --yes',
    )
    .action(async (flags: InitFlags) => {
      const answers = await answersOf(flags, io);
      const target =
        answers.target === null ? null : permittedTarget(answers.target, { owned: true, allowedTargets: [] });
      const result = await initService({
        cwd: io.cwd,
        target,
        from: answers.from,
        ci: answers.ci,
        includeUnsafe: flags.includeUnsafe === true,
        force: flags.force === true,
        owned: answers.owned,
        version: headroomVersion(),
      });
      if (flags.json === true) io.stdout.write(`${JSON.stringify(documentOf(result), null, 2)}\n`);
      else io.stderr.write(initText(result, answers.owned));
      done(EXIT.pass);
    });
};

interface Answers {
  from: string | null;
  target: string | null;
  ci: CiKind;
  owned: boolean;
}

/** What the flags say, and on a terminal the user where they do not. */
async function answersOf(flags: InitFlags, io: Io): Promise<Answers> {
  const found = flags.from === undefined ? findSources(io.cwd) : [];
  const given: Answers = {
    from: flags.from ?? found[0] ?? null,
    target: flags.target ?? null,
    ci: flags.ci ?? 'none',
    owned: flags.yesIOwnThisTarget === true,
  };
  const asks = flags.yes !== true && flags.json !== true && io.stdin.isTTY === true && io.stderr.isTTY === true;
  if (!asks) return given;
  const questions = new Questions(io);
  try {
    if (flags.from === undefined) {
      const offer = found.length === 0 ? 'none' : `${found.join(', ')}; empty for the first, "none" for none`;
      const answer = await questions.ask(`OpenAPI document, HAR file or access log (${offer}): `, (said) =>
        ['', 'none'].includes(said) || isUrl(said) || existsSync(resolve(io.cwd, said))
          ? null
          : `There is no file "${said}".`,
      );
      given.from = answer === 'none' ? null : answer === '' ? given.from : answer;
    }
    if (flags.target === undefined) {
      const otherwise = given.from === null ? 'http://127.0.0.1:8080' : 'what the document says';
      given.target = (await questions.ask(`Where does the service listen? (${otherwise}): `, noTarget)) || null;
    }
    const remote = given.target !== null && URL.canParse(given.target) && !isLoopback(new URL(given.target).hostname);
    if (remote && !given.owned) {
      given.owned = /^y/i.test(await questions.ask('It is not this machine. May you put it under load? (y/N): '));
    }
    if (flags.ci === undefined) {
      const kindOf = (said: string): CiKind | undefined =>
        said === '' ? 'none' : CI_KINDS.find((kind) => kind === said.toLowerCase());
      const answer = await questions.ask(`Job for CI: ${CI_KINDS.join(', ')} (none): `, (said) =>
        kindOf(said) === undefined ? `It is one of ${CI_KINDS.join(', ')}.` : null,
      );
      given.ci = kindOf(answer) ?? 'none';
    }
    return given;
  } finally {
    await questions.close();
  }
}

/** What is wrong with a target; null where nothing is, or none is given. */
function noTarget(said: string): string | null {
  if (said === '') return null;
  try {
    permittedTarget(said, { owned: true, allowedTargets: [] }, 'It');
    return null;
  } catch (error) {
    if (error instanceof HeadroomError) return `${error.message} ${error.remedy}`;
    throw error;
  }
}

function documentOf({ learnt, target, written, kept }: InitResult) {
  const { kind, from, model } = learnt;
  return {
    kind,
    from,
    target: target.href.replace(/\/+$/, ''),
    endpoints: model.endpoints.map(({ key }) => key),
    journeys: model.journeys.map(({ key }) => key),
    leftOut: model.leftOut,
    written,
    kept,
  };
}

/** What was made, what was left out, and what to do next. */
function initText({ learnt, target, targetGuessed, written, kept }: InitResult, owned: boolean): string {
  const { model, from, kind } = learnt;
  const lines = [
    `${from}: ${model.endpoints.length} endpoint${model.endpoints.length === 1 ? '' : 's'}, ` +
      `${model.journeys.length} journey${model.journeys.length === 1 ? '' : 's'} (${model.journeys.map(({ key }) => key).join(', ')})`,
    `target ${target.href.replace(/\/+$/, '')}${targetGuessed ? ': a guess, change it in headroom.config.ts' : ''}`,
    ...model.leftOut.map(({ name, why }) => `left out: ${name}: ${why}`),
    '',
    ...written.map((path) => `wrote  ${path}`),
    ...kept.map((path) => `kept   ${path}`),
    '',
    ...(kept.includes('package.json')
      ? ['For the types: npm install --save-dev headroom-k6 typescript @types/k6']
      : []),
    ...(model.auth === null
      ? []
      : ['service/auth.ts names the environment variables that hold the secrets: set them first.']),
    ...(isLoopback(target.hostname) || owned
      ? []
      : [`${target.host} is not this machine: name it in allowedTargets of headroom.config.ts if it may be loaded.`]),
    ...(kind === 'log' ? ['`headroom run replay` plays the log as it was: arrivals, mix, sessions.'] : []),
    'Next: headroom check, then headroom run smoke',
  ];
  return `${lines.join('\n')}\n`;
}
