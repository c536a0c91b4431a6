import type { ModelEndpoint, ModelJourney, ModelStep, ServiceModel } from './model.ts';
import { allSteps, surelyCalled } from './model.ts';
import { comment, literal, value } from './names.ts';

/** A file that init makes. */
export interface ScaffoldFile {
  /** From the folder that init works in, with slashes. */
  path: string;
  text: string;
  /** There may be one of that name already, which then stays as it is. */
  shared?: true;
}

/** Objectives that a service starts with, until it is known what it does. */
const FIRST = { p95: 500, errorRate: 0.01, successRate: 0.99 } as const;
const LOAD = { duration: '5m', warmup: '30s', judgedSeconds: 270 } as const;
/** Requests that a p95 is judged by at least (docs/reference/validity.md), with a third more for chance. */
const P95_SAMPLES = 400 * 1.33;
/** Endpoints with a smaller share of the journeys have no objective of their own, or the load would have to be high. */
const SMALL_SHARE = 0.1;
const SMOKE_SECONDS = 20;

/** The files that say what the service is, what visitors do, and how good it must be. */
export function renderService(model: ServiceModel, madeFrom: string): ScaffoldFile[] {
  const made = `Made by \`headroom init\` from ${comment(madeFrom)}. It is yours to change.`;
  return [
    { path: 'service/endpoints.ts', text: endpointsFile(model, made) },
    { path: 'service/journeys.ts', text: journeysFile(model, made) },
    { path: 'service/slos.ts', text: slosFile(model, made) },
    ...model.pools.map(({ key, lines }) => ({ path: `service/data/${key}.txt`, text: `${lines.join('\n')}\n` })),
    ...(model.pools.length === 0 ? [] : [{ path: 'headroom-env.d.ts', text: TEXT_FILES }]),
    ...(model.auth === null ? [] : [{ path: 'service/auth.ts', text: authFile(model.auth, made) }]),
    { path: 'scenarios/smoke.ts', text: scenarioFile(model, smoke(model)) },
    { path: 'scenarios/load.ts', text: scenarioFile(model, load(model)) },
    { path: 'scenarios/soak.ts', text: scenarioFile(model, soak(model)) },
  ];
}

const TEXT_FILES = `/** Files that scenarios import as text. */
declare module '*.txt' {
  const text: string;
  export default text;
}
declare module '*.csv' {
  const text: string;
  export default text;
}
`;

function endpointsFile(model: ServiceModel, made: string): string {
  const extracts = model.endpoints.some(({ extract }) => extract !== undefined);
  const called = new Set(model.journeys.flatMap(({ steps }) => [...allSteps(steps)].map(({ endpoint }) => endpoint)));
  const reasons = new Map(model.leftOut.map(({ name, why }) => [name, why]));
  const whyNot = ({ key, method, path }: ModelEndpoint): string | undefined =>
    called.has(key) ? undefined : reasons.get(`${method} ${path}`);
  return [
    `/** What can be asked of ${comment(model.title)}. ${made} */`,
    `import { defineEndpoints${extracts ? ', list' : ''} } from 'headroom-k6/lib';`,
    '',
    'export const api = defineEndpoints({',
    ...model.endpoints.map((endpoint) => endpointText(endpoint, whyNot(endpoint))),
    '});',
    '',
  ].join('\n');
}

function endpointText(endpoint: ModelEndpoint, whyNot: string | undefined): string {
  const { key, method, path, about, query, headers, body, expect, extract, open } = endpoint;
  const lines = [
    ...(method === 'GET' ? [] : [`method: ${literal(method)},`]),
    `path: ${literal(path)},`,
    ...(query === undefined ? [] : [`query: ${value(query, '    ')},`]),
    ...(headers === undefined ? [] : [`headers: ${value(headers, '    ')},`]),
    ...(body === undefined ? [] : [`body: ${value(bodyOf(body), '    ')},`]),
    ...(expect === undefined ? [] : [`expect: ${expect.length === 1 ? expect[0] : `[${expect.join(', ')}]`},`]),
    ...(extract === undefined
      ? []
      : [`extract: { ${extract.variable}: list(${literal(extract.path)}, ${literal(extract.field)}) },`]),
    ...(open === true ? ['auth: null,'] : []),
  ];
  const note = whyNot === undefined ? '' : ` (not called: ${comment(whyNot)})`;
  return [`  /** ${comment(about)}${note} */`, `  ${key}: {`, ...lines.map((line) => `    ${line}`), '  },'].join('\n');
}

/** What the library takes: objects, texts and null; a number or boolean is JSON too. */
const bodyOf = (body: unknown): unknown =>
  typeof body === 'string' || (typeof body === 'object' && body !== null) ? body : JSON.stringify(body);

function journeysFile(model: ServiceModel, made: string): string {
  const imports = [
    "import { defineJourney } from 'headroom-k6/lib';",
    ...(model.pools.length === 0 ? [] : ["import { linesPool } from 'headroom-k6/lib';"]),
    ...model.pools.map(({ key }) => `import ${key}Text from './data/${key}.txt';`),
    "import { api } from './endpoints.ts';",
  ];
  if (model.pools.length > 0) imports.splice(0, 2, "import { defineJourney, linesPool } from 'headroom-k6/lib';");
  return [
    `/** What visitors do. ${made} */`,
    ...imports,
    '',
    ...model.pools.map(({ key }) => `const ${key} = linesPool(${literal(key)}, ${key}Text);`),
    ...(model.pools.length === 0 ? [] : ['']),
    ...model.journeys.flatMap((journey) => [journeyText(journey), '']),
  ].join('\n');
}

function journeyText({ key, about, weight, steps: all, weights }: ModelJourney): string {
  const steps = withoutLastThink(all);
  const think = weights === undefined ? thinkOf(steps) : 0;
  const body =
    weights === undefined
      ? stepLines(steps, '    ')
      : [
          `    const next = visit.choose(${value(Object.fromEntries(steps.map(({ endpoint }, i) => [endpoint, weights[i] ?? 0])), '    ')});`,
          ...steps.map((step) => `    if (next === ${literal(step.endpoint)}) ${callText(step)};`),
        ];
  return [
    `/** ${comment(about)} */`,
    `export const ${key} = defineJourney({`,
    ...(weight === 1 ? [] : [`  weight: ${weight},`]),
    ...(think === 0 ? [] : [`  thinkSeconds: ${think},`]),
    '  run(visit) {',
    ...body,
    '  },',
    '});',
  ].join('\n');
}

/** After the last request there is nobody left to wait. */
function withoutLastThink(steps: readonly ModelStep[]): ModelStep[] {
  return steps.map((step, i) => {
    if (i < steps.length - 1) return step;
    const { picked } = step;
    if (picked === undefined || picked.steps.length === 0) return { ...step, thinkSeconds: 0 };
    return { ...step, picked: { ...picked, steps: withoutLastThink(picked.steps) } };
  });
}

const thinkOf = (steps: readonly ModelStep[]): number =>
  Number(
    steps
      .reduce(
        (sum, { thinkSeconds, picked }) => sum + thinkSeconds + (picked === undefined ? 0 : thinkOf(picked.steps)),
        0,
      )
      .toFixed(1),
  );

function stepLines(steps: readonly ModelStep[], indent: string): string[] {
  return steps.flatMap((step) => {
    const { picked, thinkSeconds } = step;
    const wait = thinkSeconds > 0 ? [`${indent}visit.think(${thinkSeconds});`] : [];
    if (picked === undefined || picked.steps.length === 0) return [`${indent}${callText(step)};`, ...wait];
    return [
      `${indent}const { ${picked.from} } = ${callText(step)};`,
      ...wait,
      `${indent}if (${picked.from}.length > 0) {`,
      `${indent}  const ${picked.variable} = visit.pick(${picked.from});`,
      ...stepLines(picked.steps, `${indent}  `),
      `${indent}}`,
    ];
  });
}

function callText({ endpoint, parameters, query, queryPool, body }: ModelStep): string {
  const path = Object.entries(parameters).map(([name, source]) => {
    if ('variable' in source) return source.variable === name ? name : `${name}: ${source.variable}`;
    return `${name}: ${'pool' in source ? `visit.pick(${source.pool})` : literal(source.constant)}`;
  });
  const parts = [
    ...(path.length === 0 ? [] : [`path: { ${path.join(', ')} }`]),
    ...(queryPool === undefined ? [] : [`query: visit.pick(${queryPool})`]),
    ...(query === undefined ? [] : [`query: ${literal(query)}`]),
    ...(body === undefined ? [] : [`body: ${value(bodyOf(body), '    ')}`]),
  ];
  return `visit.call(api.${endpoint}${parts.length === 0 ? '' : `, { ${parts.join(', ')} }`})`;
}

function slosFile(model: ServiceModel, made: string): string {
  const sure = [...surelyCalled(model)].sort();
  const judged = sharesOf(model).filter(([, share]) => share >= leastShare(model));
  const others = model.endpoints.map(({ key }) => key).filter((key) => !judged.some(([name]) => name === key));
  return [
    `/** How good the service must be. ${made} The first bounds are a guess: run \`load\` once, and set what must hold. */`,
    "import type { SloFor } from 'headroom-k6/lib';",
    "import type { api } from './endpoints.ts';",
    "import type * as journeys from './journeys.ts';",
    '',
    'type Objective = SloFor<keyof typeof api, keyof typeof journeys>;',
    '',
    '/** Does everything work? Too few requests to judge how long they take. */',
    'export const smokeSlos: readonly Objective[] = [',
    ...sure.map((key) => `  { endpoint: ${literal(key)}, metric: 'errorRate', max: 0 },`),
    ...model.journeys.map(({ key }) => `  { journey: ${literal(key)}, metric: 'successRate', min: 1 },`),
    '];',
    '',
    `/** What an ordinary load must be served with. Latencies are milliseconds. */`,
    'export const loadSlos: readonly Objective[] = [',
    ...judged.flatMap(([key]) => [
      `  { endpoint: ${literal(key)}, metric: 'p95', max: ${FIRST.p95} },`,
      `  { endpoint: ${literal(key)}, metric: 'errorRate', max: ${FIRST.errorRate} },`,
    ]),
    ...model.journeys.map(
      ({ key }) => `  { journey: ${literal(key)}, metric: 'successRate', min: ${FIRST.successRate} },`,
    ),
    ...(others.length === 0 ? [] : [`  // Seldom or never called so far: ${comment(others.join(', '), 400)}.`]),
    '];',
    '',
  ].join('\n');
}

/** Endpoints that are called for sure or by a known chance, with their share of the journeys. */
function sharesOf({ journeys }: ServiceModel): [key: string, share: number][] {
  const total = journeys.reduce((sum, { weight }) => sum + weight, 0);
  const shares = new Map<string, number>();
  for (const { weight, steps, weights } of journeys) {
    const all = weights?.reduce((sum, each) => sum + each, 0) ?? 1;
    const within = weights === undefined ? [...new Map(steps.map((step) => [step.endpoint, step])).values()] : steps;
    for (const [i, { endpoint }] of within.entries()) {
      shares.set(endpoint, (shares.get(endpoint) ?? 0) + (weight / total) * ((weights?.[i] ?? 1) / all));
    }
  }
  return [...shares];
}

const leastShare = ({ journeys }: ServiceModel): number =>
  Math.min(SMALL_SHARE, 1 / Math.max(1, journeys.length)) * 0.999;

interface ScenarioText {
  name: string;
  about: string;
  settings: string[];
  slos: string;
}

function smoke(model: ServiceModel): ScenarioText {
  const rate = Math.max(2, Math.ceil((2 * model.journeys.length) / SMOKE_SECONDS));
  return {
    name: 'smoke',
    about: 'Does everything work? A few journeys of each kind; no judgement of latency.',
    settings: [`rate: ${rate},`, `duration: '${SMOKE_SECONDS}s',`, "mix: 'in turn',"],
    slos: 'smokeSlos',
  };
}

/** A rate at which every objective of a load has enough requests to be judged by. */
function loadRate(model: ServiceModel): number {
  const rarest = Math.min(
    1,
    ...sharesOf(model)
      .map(([, share]) => share)
      .filter((share) => share >= leastShare(model)),
  );
  return Math.max(5, Math.ceil(P95_SAMPLES / LOAD.judgedSeconds / rarest));
}

function load(model: ServiceModel): ScenarioText {
  return {
    name: 'load',
    about: 'An ordinary busy time: a steady rate, judged by the objectives. Set the rate to what you expect.',
    settings: [`rate: ${loadRate(model)},`, `duration: '${LOAD.duration}',`, `warmup: '${LOAD.warmup}',`],
    slos: 'loadSlos',
  };
}

function soak(model: ServiceModel): ScenarioText {
  return {
    name: 'soak',
    about: 'Hours of load: what leaks, grows or drifts shows after hours. For `headroom soak`.',
    settings: [`rate: ${loadRate(model)},`, "duration: '8h',", "warmup: '5m',", 'arrivals: soakProfile,'],
    slos: 'loadSlos',
  };
}

function scenarioFile(model: ServiceModel, { name, about, settings, slos }: ScenarioText): string {
  return [
    `import { defineScenario${name === 'soak' ? ', soakProfile' : ''} } from 'headroom-k6/lib';`,
    ...(model.auth === null ? [] : ["import { auth } from '../service/auth.ts';"]),
    "import { api } from '../service/endpoints.ts';",
    "import * as journeys from '../service/journeys.ts';",
    `import { ${slos} } from '../service/slos.ts';`,
    '',
    `/** ${about} */`,
    'const scenario = defineScenario({',
    `  name: '${name}',`,
    ...settings.map((line) => `  ${line}`),
    '  endpoints: api,',
    '  journeys,',
    ...(model.auth === null ? [] : ['  auth,']),
    `  slos: ${slos},`,
    '});',
    '',
    'export const setup = scenario.setup;',
    'export const options = scenario.options;',
    'export default scenario.iteration;',
    '',
  ].join('\n');
}

function authFile(auth: NonNullable<ServiceModel['auth']>, made: string): string {
  const [name, call] = ((): [string, string] => {
    switch (auth.kind) {
      case 'bearer':
        return ['bearer', `bearer(${literal(auth.variable)})`];
      case 'basic':
        return ['basic', `basic(${literal(auth.userVariable)}, ${literal(auth.passwordVariable)})`];
      case 'apiKey':
        return ['apiKey', `apiKey(${literal(auth.header)}, ${literal(auth.variable)})`];
      case 'cookie':
        return ['cookie', `cookie(${literal(auth.name)}, ${literal(auth.variable)})`];
      case 'oauth2':
        return [
          'oauth2',
          `oauth2({\n  tokenUrl: ${literal(auth.tokenUrl)},\n  clientId: 'CLIENT_ID',\n  clientSecret: 'CLIENT_SECRET',\n  scope: ${literal(auth.scope)},\n})`,
        ];
    }
  })();
  return [
    `/** Who asks; the secrets are environment variables. ${made} */`,
    `import { ${name} } from 'headroom-k6/lib';`,
    '',
    `export const auth = ${call};`,
    '',
  ].join('\n');
}
