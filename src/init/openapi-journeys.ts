import {
  type ModelChoices,
  type ModelJourney,
  type ModelStep,
  type ParameterSource,
  type ServiceModel,
  THINK_SECONDS,
  UNSAFE,
} from './model.ts';
import { identifier, Names } from './names.ts';
import { anonymous, type Operation } from './openapi-operation.ts';
import { isRecord, type References } from './references.ts';
import { scalar } from './sample.ts';

const SAFE = ['GET', 'HEAD'];
/** Methods that journeys have with `includeUnsafe`; what deletes would take others' data away. */
const SENT = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH'];
/** Names under which an entry of a list goes, besides that of the parameter. */
const IDS = ['id', 'uuid', 'key', 'slug', 'code', 'name'];

/** A list that was asked for, and what one of its entries is picked as. */
interface Reached {
  step: ModelStep;
  variable: string;
}

/** Journeys through the operations, a journey for each resource: what needs nothing first, then one of what it gave. */
export function journeysOf(
  operations: readonly Operation[],
  references: References,
  { includeUnsafe }: ModelChoices,
): { journeys: ModelJourney[]; called: Set<string>; unreached: ServiceModel['leftOut'] } {
  const journeys = new Map<string, ModelJourney>();
  const names = new Names();
  const called = new Set<string>();
  const unreached: ServiceModel['leftOut'] = [];
  /** Lists by their path, with a slash at the end. */
  const lists = new Map<string, { operation: Operation; step: ModelStep }>();
  const reached = new Map<string, Reached>();
  const variableNames = new Names();

  /** What a parameter is filled with; null where nothing is known. Picks from a list that was asked for already. */
  const sourceOf = (
    { prefix, name, sample }: Operation['parameters'][number],
    home: { steps: ModelStep[] },
  ): ParameterSource | null => {
    if (sample?.given === true) return { constant: String(scalar(sample.value)) };
    const known = reached.get(prefix);
    const list = lists.get(prefix);
    if (known === undefined && list === undefined) return null;
    if (known !== undefined) {
      home.steps = known.step.picked?.steps ?? home.steps;
      return { variable: known.variable };
    }
    if (list === undefined) return null;
    const place = listIn(list.operation.response, name, references);
    if (place === null) return null;
    const from = variableNames.unique(`${name}s`);
    const variable = variableNames.unique(name);
    list.operation.endpoint.extract = { variable: from, ...place };
    list.step.picked = { variable, from, steps: [] };
    reached.set(prefix, { step: list.step, variable });
    home.steps = list.step.picked.steps;
    return { variable };
  };

  // Shorter paths first, so that a list is there before what it holds; what reads before what writes.
  const ordered = operations.toSorted(
    (a, b) =>
      Number(SAFE.includes(b.endpoint.method)) - Number(SAFE.includes(a.endpoint.method)) ||
      a.parameters.length - b.parameters.length,
  );
  for (const operation of ordered) {
    const { endpoint, parameters, obstacle, resource } = operation;
    const label = `${endpoint.method} ${endpoint.path}`;
    const safe = SAFE.includes(endpoint.method);
    if (!safe && !(includeUnsafe && SENT.includes(endpoint.method))) {
      unreached.push({ name: label, why: UNSAFE });
      continue;
    }
    if (obstacle !== null) {
      unreached.push({ name: label, why: obstacle });
      continue;
    }
    const name = identifier(resource, 'visit');
    const journey = journeys.get(name) ?? { key: '', about: resource, weight: 1, steps: [] };
    const home = { steps: journey.steps };
    const sources = parameters.map((parameter) => [parameter.name, sourceOf(parameter, home)] as const);
    const missing = sources.find(([, source]) => source === null)?.[0];
    if (missing !== undefined) {
      unreached.push({ name: label, why: `the document has no value for ${missing}` });
      continue;
    }
    const step: ModelStep = {
      endpoint: endpoint.key,
      parameters: Object.fromEntries(sources.flatMap(([key, source]) => (source === null ? [] : [[key, source]]))),
      thinkSeconds: THINK_SECONDS,
    };
    home.steps.push(step);
    called.add(endpoint.key);
    if (endpoint.method === 'GET') lists.set(`${anonymous(endpoint.path).replace(/\/$/, '')}/`, { operation, step });
    if (home.steps === journey.steps && !journeys.has(name)) {
      journeys.set(name, { ...journey, key: names.unique(name), steps: journey.steps });
    }
  }
  return { journeys: [...journeys.values()], called, unreached };
}

/** Where a response has a list of things, and under what they go; null where it has none. */
function listIn(schema: unknown, parameter: string, references: References): { path: string; field: string } | null {
  const found = references.resolve(schema);
  if (!isRecord(found)) return null;
  const direct = fieldOf(found, parameter, references);
  if (direct !== null) return { path: '', field: direct };
  for (const [name, property] of Object.entries(isRecord(found.properties) ? found.properties : {})) {
    const field = /^[\w-]+$/.test(name) ? fieldOf(references.resolve(property), parameter, references) : null;
    if (field !== null) return { path: name, field };
  }
  return null;
}

/** The field by which the entries of a list are asked for one by one. */
function fieldOf(list: unknown, parameter: string, references: References): string | null {
  if (!isRecord(list) || list.items === undefined) return null;
  const fields = propertiesOf(list.items, references);
  const wanted = [parameter, ...IDS, ...[...fields].filter((name) => name.toLowerCase() === parameter.toLowerCase())];
  return wanted.find((name) => fields.has(name)) ?? null;
}

/** Names of the texts and numbers of an object, those of `allOf` too. */
function propertiesOf(schema: unknown, references: References, depth = 0): Set<string> {
  const found = references.resolve(schema);
  if (!isRecord(found) || depth > 4) return new Set();
  const own = Object.entries(isRecord(found.properties) ? found.properties : {})
    .filter(([, each]) => {
      const property = references.resolve(each);
      return isRecord(property) && ['string', 'integer', 'number'].includes(String(property.type));
    })
    .map(([name]) => name);
  const inherited = Array.isArray(found.allOf)
    ? found.allOf.flatMap((each) => [...propertiesOf(each, references, depth + 1)])
    : [];
  return new Set([...own, ...inherited]);
}
