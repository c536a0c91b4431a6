import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Text of a file of the repository. */
export const textOf = (path: string): string => readFileSync(ROOT + path, 'utf8');

const text = z.union([z.string(), z.number().transform(String)]);

/** What Headroom uses of the Compose specification; a key that is not here is a mistake. */
const serviceSchema = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  restart: z.enum(['unless-stopped']),
  security_opt: z.array(z.string()),
  logging: z.strictObject({ driver: z.enum(['json-file', 'fluentd']), options: z.record(z.string(), z.string()) }),
  profiles: z.array(z.string()).default([]),
  entrypoint: z.array(z.string()).default([]),
  command: z.array(text).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  expose: z.array(z.string()),
  shm_size: z.string().optional(),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).default({}),
  healthcheck: z.strictObject({
    test: z.array(z.string()).min(2),
    interval: z.string(),
    timeout: z.string(),
    retries: z.number(),
    start_period: z.string().optional(),
  }),
  deploy: z.strictObject({
    resources: z.strictObject({ limits: z.strictObject({ cpus: z.string(), memory: z.string() }) }),
  }),
});
export type Service = z.infer<typeof serviceSchema>;

const composeSchema = z.looseObject({
  name: z.string(),
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
});

/** deploy/compose.yaml, its anchors and merges resolved. */
export const compose = composeSchema.parse(parse(textOf('deploy/compose.yaml'), { merge: true }));

/** A mount: a folder or file of the repository, or a volume, and where the container sees it. */
export interface Mount {
  source: string;
  target: string;
  readOnly: boolean;
}

/** Mounts of a service; those of the repository by their path in it. */
export function mountsOf({ volumes }: Service): Mount[] {
  return volumes.map((volume) => {
    const [source = '', target = '', mode] = volume.split(':');
    const inRepository = source.startsWith('.');
    return {
      source: inRepository ? new URL(source, 'file:///deploy/').pathname.slice(1) : source,
      target,
      readOnly: mode === 'ro',
    };
  });
}

/** Host and port of every URL and address in a text. */
export function addressesIn(from: string): string[] {
  return [...from.matchAll(/\w+:\/\/(?:[^@/\s,]*@)?([a-z][a-z0-9.-]*:\d+|[\d.]+:\d+)/g)].map(
    ([, address]) => address ?? '',
  );
}
