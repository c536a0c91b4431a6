import { isRecord, type References } from './references.ts';

/** Schemas within schemas are followed so far; deeper ones are left out. */
const DEEPEST = 8;

/** A value that a schema allows, and whether the document itself gave it. */
export interface Sample {
  value: unknown;
  given: boolean;
}

/**
 * A value for a JSON schema, as OpenAPI has them: what the document gives as an example, or the least that it asks for.
 * OpenAPI 3.1, section 4.8.24 (Schema Object).
 *
 * @returns undefined where nothing fits
 */
export function sampleOf(schema: unknown, references: References, depth = 0): Sample | undefined {
  const found = references.resolve(schema);
  if (!isRecord(found) || depth > DEEPEST) return undefined;
  const given = givenIn(found);
  if (given !== undefined) return { value: given, given: true };
  const made = madeFrom(found, references, depth);
  return made === undefined ? undefined : { value: made, given: false };
}

/** What a schema, parameter or media type gives as an example of itself. */
export function givenIn(holder: Readonly<Record<string, unknown>>): unknown {
  for (const name of ['example', 'x-example', 'const', 'default']) {
    if (Object.hasOwn(holder, name) && holder[name] !== undefined) return holder[name];
  }
  const { examples, enum: allowed } = holder;
  if (Array.isArray(allowed) && allowed.length > 0) return allowed[0];
  if (Array.isArray(examples)) return examples[0];
  if (isRecord(examples)) {
    for (const each of Object.values(examples)) if (isRecord(each) && 'value' in each) return each.value;
  }
  return undefined;
}

function madeFrom(schema: Readonly<Record<string, unknown>>, references: References, depth: number): unknown {
  const { allOf, oneOf, anyOf } = schema;
  const within = (each: unknown): unknown => sampleOf(each, references, depth + 1)?.value;
  if (Array.isArray(allOf)) {
    const parts = [...allOf.map(within), ...(isRecord(schema.properties) ? [objectFrom(schema, within)] : [])];
    const records = parts.filter(isRecord);
    return records.length === 0 ? parts[0] : Object.assign({}, ...records);
  }
  for (const choices of [oneOf, anyOf]) if (Array.isArray(choices)) return within(choices[0]);
  switch (typeOf(schema)) {
    case 'integer':
    case 'number':
      return numberFrom(schema);
    case 'boolean':
      return true;
    case 'string':
      return textFrom(schema);
    case 'array': {
      const item = Number(schema.minItems ?? 0) > 0 ? within(schema.items) : undefined;
      return item === undefined ? [] : Array.from({ length: Math.min(Number(schema.minItems), 10) }, () => item);
    }
    case 'object':
      return objectFrom(schema, within);
    default:
      return undefined;
  }
}

function typeOf({ type, properties, items }: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(type)) return type.find((each) => each !== 'null');
  return type ?? (properties === undefined ? (items === undefined ? undefined : 'array') : 'object');
}

function numberFrom({ minimum, exclusiveMinimum, maximum, multipleOf }: Readonly<Record<string, unknown>>): number {
  const step = typeof multipleOf === 'number' ? multipleOf : 1;
  const floor =
    typeof exclusiveMinimum === 'number' ? exclusiveMinimum + step : typeof minimum === 'number' ? minimum : 1;
  // A boolean in OpenAPI 3.0 and 2.0, a number since 3.1.
  const least = exclusiveMinimum === true ? floor + step : floor;
  return typeof maximum === 'number' ? Math.min(maximum, least) : least;
}

const FORMATS: Readonly<Record<string, string>> = {
  date: '2040-01-02',
  'date-time': '2040-01-02T09:00:00Z',
  time: '09:00:00Z',
  duration: 'PT1H',
  email: 'load@example.com',
  uuid: '00000000-0000-4000-8000-000000000001',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  byte: 'bG9hZA==',
};

function textFrom({ format, minLength, maxLength }: Readonly<Record<string, unknown>>): string {
  const known = typeof format === 'string' && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  const text = (known ?? 'load').padEnd(Math.min(Number(minLength ?? 0) || 0, 10_000), 'x');
  return typeof maxLength === 'number' ? text.slice(0, maxLength) : text;
}

function objectFrom(
  { properties, required }: Readonly<Record<string, unknown>>,
  within: (schema: unknown) => unknown,
): Record<string, unknown> {
  if (!isRecord(properties)) return {};
  const needed = Array.isArray(required) ? required : null;
  const entries = Object.entries(properties)
    .filter(
      ([name, schema]) => (needed === null || needed.includes(name)) && !(isRecord(schema) && schema.readOnly === true),
    )
    .map(([name, schema]): [string, unknown] => [name, within(schema)])
    .filter(([, made]) => made !== undefined);
  return Object.fromEntries(entries);
}

/** A value as a part of a URL or form: lists with commas between, objects as JSON. */
export const scalar = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(String).join(',') : typeof value === 'object' ? JSON.stringify(value) : value;
