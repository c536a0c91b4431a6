import type { z } from 'zod';
import type { configSchema } from './schema.ts';

/** What `headroom.config.ts` may say; each setting has a default. */
export type ConfigInput = z.input<typeof configSchema>;

/**
 * Types the configuration: `export default defineConfig({ … })` in `headroom.config.ts`.
 *
 * @example
 * import { defineConfig } from 'headroom-k6/config';
 *
 * export default defineConfig({
 *   target: 'http://127.0.0.1:8080',
 *   scenarios: 'scenarios',
 *   allowedTargets: ['https://staging.example.com'],
 * });
 */
export const defineConfig = (config: ConfigInput): ConfigInput => config;
