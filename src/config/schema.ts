import { z } from 'zod';
import { DEFAULT_SOAK, parseSource } from '../soak/signals.ts';

const source = z.string().refine((text) => parseSource(text) !== null, {
  error: 'a metric is written name, name{label="value"} or sum / count',
});
const metrics = z.array(source).exactOptional();
const amount = z.number().positive();
const limit = amount.exactOptional();

/** How soaks are judged, where it differs from the usual. */
const soakSchema = z.strictObject({
  /** Share of its level that a figure may rise by in 24 hours. */
  budget: amount.default(DEFAULT_SOAK.budget),
  /** Shortest bin in seconds; less than 900 compresses time. */
  binSeconds: z.number().int().min(1).max(86_400).default(DEFAULT_SOAK.binSeconds),
  /** Metrics of the target to look for before the usual ones. */
  metrics: z
    .strictObject({
      rss: metrics,
      heap: metrics,
      connections: metrics,
      fileDescriptors: metrics,
      poolWait: metrics,
      eventLoopLag: metrics,
    })
    .default({}),
  /** In milliseconds, bytes, numbers and shares. */
  limits: z
    .strictObject({
      latency: limit,
      rss: limit,
      heap: limit,
      connections: limit,
      fileDescriptors: limit,
      poolWait: limit,
      eventLoopLag: limit,
      errorRate: limit,
    })
    .default({}),
});

const url = z.string().refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
  error: 'it takes an http or https URL such as http://127.0.0.1:8080',
});

/** `headroom.config.ts`. */
export const configSchema = z.strictObject({
  /** Where the load goes when no `--target` says otherwise. */
  target: url.exactOptional(),
  /** Folder of scenarios that are known by their file's name, before those that are built in; from the configuration's own folder. */
  scenarios: z.string().min(1).exactOptional(),
  soak: soakSchema.default(soakSchema.parse({})),
  /** Origins, hosts with port, or host names that may be loaded besides this machine. */
  allowedTargets: z.array(z.string()).default([]),
});
/** Settings of a folder, with defaults for what its headroom.config.ts does not name. */
export type Config = z.infer<typeof configSchema>;
