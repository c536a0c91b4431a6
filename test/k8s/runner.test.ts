import { describe, expect, it } from 'vitest';
import { HeadroomError } from '../../src/errors.ts';
import { runnerArguments } from '../../src/k8s/runner.ts';

const ENV = { BASE_URL: 'http://booking.shop.svc:8080', SEED: '7', HEADROOM_RUN_ID: 'load-1' };

/** What k6-operator 1.6 puts together (pkg/resources/jobs/runner.go, pkg/segmentation/segmentation.go), without spec.arguments. */
function operatorCommand(index: number, total: number, given: readonly string[] = []): string[] {
  const edge = (i: number): string => (i === 0 ? '0' : i === total ? '1' : `${i}/${total}`);
  const segments = [
    `--execution-segment=${edge(index - 1)}:${edge(index)}`,
    `--execution-segment-sequence=${Array.from({ length: total + 1 }, (_, i) => edge(i)).join()}`,
  ];
  return [
    ...['run', '--quiet', ...(total > 1 ? segments : []), ...given],
    ...['/test/load.js', '--address=0.0.0.0:6565', '--paused'],
    ...['--tag', `instance_id=${index}`, '--tag', 'testrun_name=load-1'],
  ];
}

const flagsOf = (args: readonly string[]): string => args.join(' ');

describe('the command of k6-operator', () => {
  it.each([
    [1, 1],
    [1, 2],
    [2, 3],
    [100, 100],
  ])('becomes instance %i of %i of one run', (index, total) => {
    expect(runnerArguments(operatorCommand(index, total), ENV)).toEqual([
      ...['run', '/test/load.js', '--target', 'http://booking.shop.svc:8080', '--seed', '7'],
      ...['--instance', `${index}/${total}`, '--run-id', 'load-1', '--address', '0.0.0.0:6565', '--out', '/results'],
      '--yes-i-own-this-target',
    ]);
  });

  it('takes the run’s name from the TestRun where nothing else names it', () => {
    const { HEADROOM_RUN_ID: _, ...env } = ENV;
    expect(flagsOf(runnerArguments(operatorCommand(1, 2), env))).toContain('--run-id load-1');
  });

  it('brings objectives, folder, tags and load from the environment, whatever is in them', () => {
    const tags = { team: 'a b', note: 'x="1", # no: comment\n=' };
    const env = {
      ...ENV,
      // The load is as the TestRun has it.
      RATE: '50',
      HEADROOM_SLO: '/test/slo.json',
      HEADROOM_OUT: '/results/load-1',
      HEADROOM_TAGS: JSON.stringify(tags),
    };
    const args = runnerArguments(operatorCommand(1, 2), env);
    expect(flagsOf(args)).toContain('--out /results/load-1 --slo /test/slo.json');
    expect(flagsOf(args)).toContain('--env RATE=50');
    expect(args.filter((_, i) => args[i - 1] === '--tag')).toEqual(['team=a b', 'note=x="1", # no: comment\n=']);
  });

  it('keeps the variables and tags of spec.arguments', () => {
    const given = ['-e', 'A=1', '--env', 'B=2=3', '--tag', 'region=eu', '--no-usage-report'];
    const args = flagsOf(runnerArguments(operatorCommand(1, 2, given), ENV));
    expect(args).toContain('--tag region=eu');
    expect(args).toContain('--env B=2=3 --env A=1');
    expect(args).not.toContain('instance_id');
  });
});

describe('is refused', () => {
  it.each([
    ['a flag that Headroom does not pass on', operatorCommand(1, 2, ['--vus', '5']), ENV, '--vus'],
    ['an output of its own', operatorCommand(1, 2, ['--out', 'json=x']), ENV, '--out'],
    [
      'a segment of unequal parts',
      ['run', '--execution-segment=0:1/3', '--execution-segment-sequence=0,1/3,1', 'a.js', '--paused', '-a', ':1'],
      ENV,
      'equal',
    ],
    [
      'a segment without its sequence',
      ['run', '--execution-segment=0:1/2', 'a.js', '--paused', '-a', ':1'],
      ENV,
      'equal',
    ],
    ['an instance with the segment of another', operatorCommand(1, 2).with(-3, 'instance_id=2'), ENV, 'instance_id 2'],
    ['one that is not paused', operatorCommand(1, 2).filter((arg) => arg !== '--paused'), ENV, '--paused'],
    ['one without a script', ['run', '--paused', '--address=:6565'], ENV, 'one script'],
    ['a tag without a value', operatorCommand(1, 2, ['--tag', 'x']), ENV, 'key=value'],
    ['a flag without its value', ['run', 'a.js', '--tag'], ENV, 'no value'],
    ['tags that are no tags', operatorCommand(1, 2), { ...ENV, HEADROOM_TAGS: '{"a":1}' }, 'HEADROOM_TAGS'],
    ['an environment without a target', operatorCommand(1, 2), { ...ENV, BASE_URL: '' }, 'BASE_URL'],
    ['an environment without a seed', operatorCommand(1, 2), { ...ENV, SEED: undefined }, 'SEED'],
  ])('%s', (_, argv, env, word) => {
    const attempt = (): unknown => runnerArguments(argv, env);
    expect(attempt).toThrow(HeadroomError);
    expect(attempt).toThrow(word);
  });
});
