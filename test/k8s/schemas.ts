/** Manifests held to the schemas of Kubernetes and of custom resources, as strictly as a server holds them and more. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { parse, parseAllDocuments } from 'yaml';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Fields = { [key: string]: Json };
type Validate = { (data: unknown): boolean; errors?: readonly Partial<ErrorObject>[] | null };

/** Text of a custom resource's definition that HEADROOM_TEST_DATA has: a test that uses it has `.schemas.` in its name. */
export function crdOf(name: string): string {
  return readFileSync(join(process.env.HEADROOM_TEST_DATA ?? '', `schemas/${name}`), 'utf8');
}

/**
 * What is wrong with manifests: fields that their kind does not have, lacks or holds otherwise, values that YAML 1.1 (which
 * kubectl reads) and 1.2 read differently, names that no server takes, objects that stand there twice.
 *
 * @param text one or more YAML documents
 * @param crds texts of the definitions of custom resources; a kind of which there is no schema is a problem too
 */
export async function problemsOf(text: string, crds: readonly string[] = []): Promise<string[]> {
  const problems: string[] = [];
  const seen = new Set<string>();
  const old = parseAllDocuments(text, { version: '1.1', strict: true, uniqueKeys: true, merge: false });
  for (const [i, document] of parseAllDocuments(text, { strict: true, uniqueKeys: true }).entries()) {
    problems.push(...[...document.errors, ...document.warnings].map(({ message }) => `document ${i + 1}: ${message}`));
    const manifest: Json = document.toJS();
    if (manifest === null) continue;
    if (!isFields(manifest)) {
      problems.push(`document ${i + 1}: is no object`);
      continue;
    }
    const { apiVersion, kind, metadata } = manifest;
    const { name, namespace, labels } = isFields(metadata) ? metadata : {};
    const what = `${kind} ${name}`;
    if (JSON.stringify(old[i]?.toJS()) !== JSON.stringify(manifest))
      problems.push(`${what}: YAML 1.1 reads it differently`);
    if (typeof name !== 'string' || !isSubdomain(name)) problems.push(`${what}: no name that a server takes`);
    for (const [key, value] of Object.entries(isFields(labels) ? labels : {}))
      if (!/^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/.test(String(value))) problems.push(`${what}: label ${key}`);
    const identity = `${apiVersion} ${kind} ${namespace} ${name}`;
    if (seen.has(identity)) problems.push(`${what}: is there twice`);
    seen.add(identity);
    const validate = await validatorFor(String(apiVersion), String(kind), crds);
    if (validate === null) problems.push(`${what}: there is no schema of ${apiVersion} ${kind}`);
    else problems.push(...complaints(validate, manifest).map((complaint) => `${what}: ${complaint}`));
  }
  return problems;
}

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSubdomain = (name: string): boolean =>
  name.length <= 253 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name);

/** Compiling a large definition takes a second. */
const compiledOf = new Map<string, Validate>();

async function validatorFor(apiVersion: string, kind: string, crds: readonly string[]): Promise<Validate | null> {
  for (const crd of crds) {
    const known = compiledOf.get(`${apiVersion} ${kind} ${crd}`);
    if (known !== undefined) return known;
    const { spec } = parse(crd);
    if (spec.names.kind !== kind) continue;
    for (const version of spec.versions) {
      if (`${spec.group}/${version.name}` !== apiVersion) continue;
      const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
      const validate = await withMetadata(ajv.compile(version.schema.openAPIV3Schema));
      compiledOf.set(`${apiVersion} ${kind} ${crd}`, validate);
      return validate;
    }
  }
  return await schemaOf(apiVersion, kind);
}

/** Definitions say of `metadata` that it is an object, and no more. */
async function withMetadata(validate: Validate): Promise<Validate> {
  const ofMetadata: Validate = (
    await import('@kubernetes-models/apimachinery/_schemas/IoK8sApimachineryPkgApisMetaV1ObjectMeta')
  ).validate;
  const both: Validate = (data) => {
    const errors = [...(validate(data) ? [] : (validate.errors ?? []))];
    const metadata = (data as Fields).metadata;
    if (!ofMetadata(metadata)) errors.push(...(ofMetadata.errors ?? []));
    both.errors = errors;
    return errors.length === 0;
  };
  return both;
}

/** Those of the Prometheus operator, made from its definitions; by their place, since the package exports no path to them. */
const OPERATOR = new URL(
  '../../node_modules/@kubernetes-models/prometheus-operator/_schemas/ComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoring',
  import.meta.url,
).pathname;

/** Kubernetes' own schema of a kind, compiled as the package ships it; null when it has none. It demands the right apiVersion. */
async function schemaOf(apiVersion: string, kind: string): Promise<Validate | null> {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);
  const first = capital(group.split('.')[0] ?? '');
  const schema =
    group === 'monitoring.coreos.com'
      ? `${OPERATOR}${capital(version)}${kind}.js`
      : `kubernetes-models/_schemas/IoK8sApi${first}${capital(version)}${kind}`;
  return await import(schema).then(
    ({ validate }) => validate,
    () => null,
  );
}

function complaints(validate: Validate, manifest: Json): string[] {
  const read = new Map<string, Set<string>>();
  const ok = validate(watched(manifest, '', read));
  const errors = ok ? [] : (validate.errors ?? []);
  return [
    ...errors.map(
      ({ instancePath, message, keyword, params }) =>
        `${instancePath} ${message ?? `${keyword} ${JSON.stringify(params)}`}`,
    ),
    ...unread(manifest, '', read).map((path) => `${path} is no field of it`),
  ];
}

/** Notes which fields a validator looks at. The schemas leave unknown fields alone: those that are never looked at are unknown. */
function watched(value: Json, path: string, read: Map<string, Set<string>>): Json {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key, receiver) {
      const child = Reflect.get(target, key, receiver);
      if (typeof key !== 'string') return child;
      const keys = read.get(path) ?? new Set<string>();
      read.set(path, keys.add(key));
      return Object.hasOwn(target, key) && key !== 'length' ? watched(child, `${path}/${key}`, read) : child;
    },
  });
}

/** Fields that were not looked at, in objects of which some were. */
function unread(value: Json, path: string, read: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const keys = read.get(path);
  if (typeof value !== 'object' || value === null || keys === undefined) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    keys.has(key) ? unread(child, `${path}/${key}`, read) : [`${path}/${key}`],
  );
}
