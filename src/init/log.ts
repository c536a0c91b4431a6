import { SAFE_METHODS } from '../workload/request.ts';
import type { Workload, WorkloadEndpoint } from '../workload/schema.ts';
import { type ModelEndpoint, type ModelPool, type ModelStep, type ServiceModel, UNSAFE } from './model.ts';
import { endpointName, isPath, Names, safePath } from './names.ts';
import { decoded } from './secrets.ts';

const REDIRECTS = [301, 302, 303, 307, 308];

/** What an access log says: one journey that asks for an endpoint by how often the log has it, with ids and queries of the log. */
export function modelOfWorkload(workload: Workload): ServiceModel {
  const names = new Names();
  const endpoints: ModelEndpoint[] = [];
  const pools: ModelPool[] = [];
  const steps: ModelStep[] = [];
  const weights: number[] = [];
  const leftOut: ServiceModel['leftOut'] = [];
  for (const logged of workload.endpoints) {
    const { name, method, route, share, popularity, queries } = logged;
    const { path, parameters } = safePath(route);
    const key = names.unique(endpointName(method, path));
    const redirects = classShare(logged, '3xx') > 0.5;
    if (!isPath(path)) continue;
    endpoints.push({ key, method, path, about: name, ...(redirects ? { expect: REDIRECTS } : {}) });
    const why = obstacleOf(logged, parameters.length);
    if (why !== null) {
      leftOut.push({ name, why });
      continue;
    }
    const poolOf = (kind: string, lines: readonly string[]): string => {
      const pool = { key: names.unique(`${key}${kind}`), lines: [...new Set(lines)].filter(isLine) };
      if (pool.lines.length === 0) return '';
      pools.push(pool);
      return pool.key;
    };
    const [parameter] = parameters;
    const ids = parameter === undefined ? '' : poolOf('Ids', popularity?.ids.map(decoded) ?? []);
    if (parameter !== undefined && ids === '') {
      leftOut.push({ name, why: 'the log has no ids for it' });
      continue;
    }
    const queryPool = queries === null ? '' : poolOf('Queries', queries.values);
    steps.push({
      endpoint: key,
      parameters: parameter === undefined ? {} : { [parameter.name]: { pool: ids } },
      thinkSeconds: 0,
      ...(queryPool === '' ? {} : { queryPool }),
    });
    weights.push(Number((100 * share).toPrecision(3)));
  }
  return {
    title: workload.source.name,
    target: null,
    endpoints,
    journeys:
      steps.length === 0
        ? []
        : [{ key: 'logged', about: 'One request, as often as the log has it', weight: 1, steps, weights }],
    pools,
    auth: null,
    leftOut,
  };
}

/** Texts that a line can hold. */
const isLine = (text: string): boolean => text !== '' && !/[\r\n\u2028\u2029]/.test(text);

function classShare({ statuses, count }: WorkloadEndpoint, name: string): number {
  return (statuses[name] ?? 0) / count;
}

function obstacleOf(endpoint: WorkloadEndpoint, parameters: number): string | null {
  if (!SAFE_METHODS.includes(endpoint.method)) return UNSAFE;
  if (classShare(endpoint, '4xx') + classShare(endpoint, '5xx') > 0.5) return 'most of its answers were errors';
  return parameters > 1 ? 'it has several parameters: scenarios/replay.ts sends it' : null;
}
