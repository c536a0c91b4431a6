/** The TestRun against the definition that k6-operator ships. */
import { expect, it } from 'vitest';
import { testRunOf, yamlOf } from '../../src/k8s/manifests.ts';
import { STAGES } from '../../src/k8s/status.ts';
import { testRun } from './kubectl.ts';
import { clusterRun } from './manifests.ts';
import { crdOf, problemsOf } from './schemas.ts';

const CRD = crdOf('k6-operator-testruns-crd.yaml');

it.each([
  ['InfluxDB', clusterRun({ results: { to: 'influx', url: 'http://i:8086/h', secret: 'influx' }, tags: { a: 'yes' } })],
  ['a volume', clusterRun({ results: { to: 'volume', claim: 'results', make: null }, separate: true, slos: '[]' })],
])('a TestRun with results in %s is one that the operator takes', async (_, run) => {
  expect(await problemsOf(yamlOf(testRunOf(run)), [CRD])).toEqual([]);
});

it.each([
  ['automountServiceAccountToken: "false"', 'automountServiceAccountToken: false'],
  ['parallelism: 4', 'parallelism: "4"'],
  ['livenessProbe:', 'aliveProbe:'],
  ['configMap:', 'configmap:'],
])('with %s as %s it would be found broken', async (sound, broken) => {
  const yaml = yamlOf(testRunOf(clusterRun()));
  expect(yaml).toContain(sound);
  expect(await problemsOf(yaml.replace(sound, broken), [CRD])).not.toEqual([]);
});

it.each(STAGES)('the answers of the played cluster in stage %s are those of a TestRun', async (stage) => {
  const answer = yamlOf([testRun(stage === 'new' ? null : stage) as never]);
  expect(await problemsOf(answer, [CRD])).toEqual([]);
  expect(await problemsOf(answer.replace('stage:', 'phase:'), [CRD])).toHaveLength(stage === 'new' ? 0 : 1);
});
