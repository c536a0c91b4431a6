import { isRecord, type References } from './references.ts';
import { givenIn, sampleOf, scalar } from './sample.ts';

/** What an operation sends: nothing, or a value with its media type where that is not plain JSON; or why it cannot be made up. */
export type Sent =
  | { kind: 'none' }
  | { kind: 'sent'; value: unknown; type: string | null }
  | { kind: 'not'; why: string };

const FORM = 'application/x-www-form-urlencoded';
const JSON_LIKE = /^application\/(?:[\w.-]+\+)?json/;
type Node = Readonly<Record<string, unknown>>;

/** What an operation sends: of the media types JSON, else a form, else what the document has as a text. */
export function sentBy(operation: Node, parameters: readonly Node[], document: Node, references: References): Sent {
  const inBody = parameters.find((parameter) => parameter.in === 'body');
  if (inBody !== undefined) return sent(sampleOf(inBody.schema, references)?.value, null);
  const fields = parameters.filter((parameter) => parameter.in === 'formData');
  if (fields.length > 0) return formOfFields(fields, operation.consumes ?? document.consumes, references);
  const declared = references.resolve(operation.requestBody);
  const content = isRecord(declared) && isRecord(declared.content) ? declared.content : {};
  const types = Object.keys(content);
  if (types.length === 0) return { kind: 'none' };
  const type =
    types.find((name) => JSON_LIKE.test(name)) ?? types.find((name) => name.startsWith(FORM)) ?? types[0] ?? '';
  const media = references.resolve(content[type]);
  if (!isRecord(media)) return { kind: 'none' };
  const given = givenIn(media);
  if (JSON_LIKE.test(type)) {
    return sent(given ?? sampleOf(media.schema, references)?.value, type.startsWith('application/json') ? null : type);
  }

  if (typeof given === 'string') return sent(given, type);
  if (!type.startsWith(FORM)) return { kind: 'not', why: `it sends ${type}` };
  const value = given ?? sampleOf(media.schema, references)?.value;
  return isRecord(value) ? sent(formText(value), FORM) : { kind: 'none' };
}

const sent = (value: unknown, type: string | null): Sent =>
  value === undefined ? { kind: 'none' } : { kind: 'sent', value, type };

/** A form of Swagger 2.0: parameters that are its fields. */
function formOfFields(fields: readonly Node[], consumes: unknown, references: References): Sent {
  const parts = Array.isArray(consumes) && consumes.includes('multipart/form-data') && !consumes.includes(FORM);
  if (parts || fields.some(({ type }) => type === 'file')) return { kind: 'not', why: 'it sends multipart/form-data' };
  const needed = fields.filter(({ required }) => required === true);
  return sent(formText(Object.fromEntries(needed.map((each) => [each.name, sampleOf(each, references)?.value]))), FORM);
}

const formText = (values: Node): string =>
  Object.entries(values)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(scalar(value ?? '')))}`)
    .join('&');

/** Statuses that are documented as success, and the schema of the first that is JSON. */
export function responseOf(
  operation: Readonly<Record<string, unknown>>,
  references: References,
): { expect: number[] | null; schema: unknown } {
  const responses = isRecord(operation.responses) ? operation.responses : {};
  const codes = Object.keys(responses).filter((code) => /^[23]\d\d$/.test(code));
  const good = codes.filter((code) => code.startsWith('2'));
  const chosen = good.length > 0 ? good : codes;
  const first = references.resolve(responses[good[0] ?? '2XX'] ?? responses['2xx'] ?? responses.default);
  return {
    expect: chosen.length === 0 || '2XX' in responses ? null : chosen.map(Number),
    schema: isRecord(first) ? (first.schema ?? jsonSchemaOf(first.content)) : undefined,
  };
}

function jsonSchemaOf(content: unknown): unknown {
  if (!isRecord(content)) return undefined;
  const type = Object.keys(content).find((name) => /json/.test(name));
  const media = type === undefined ? undefined : content[type];
  return isRecord(media) ? media.schema : undefined;
}
