/** Fills a folder with what is needed to load a service, and checks it without sending anything. */
import {
  type CheckOptions,
  type CheckResult,
  type CiKind,
  checkScenarios,
  type Finding,
  type ConfigInput as FolderConfig,
  findK6,
  type InitOptions,
  type InitResult,
  initService,
} from 'headroom-k6';
import { type ConfigInput, defineConfig } from 'headroom-k6/config';

const ci: CiKind = 'github';

/** Makes scenarios of an OpenAPI document, in this folder. */
export async function scaffold(from: string): Promise<string[]> {
  const options: InitOptions = {
    ...{ cwd: '.', target: new URL('http://127.0.0.1:8080'), from, ci, version: '0.1.0' },
    ...{ includeUnsafe: false, force: false, owned: false },
  };
  const { written }: InitResult = await initService(options);
  return written;
}

const sentence = ({ file, line, message }: Finding): string => `${file}:${line ?? 1}: ${message}`;

/** What an author got wrong, a line each. */
export async function mistakes(scenarios: readonly string[]): Promise<string[]> {
  const { path } = await findK6({ env: process.env });
  const options: CheckOptions = { scenarios, cwd: '.', k6Path: path, env: process.env, types: true };
  const { findings }: CheckResult = await checkScenarios(options);
  return findings.map(sentence);
}

/** What several folders share, and what this one adds. */
const shared: FolderConfig = { allowedTargets: ['https://staging.example.com'] };
const own: ConfigInput = { ...shared, scenarios: 'scenarios' };
export default defineConfig(own);
