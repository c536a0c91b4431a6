/** For journeys and scenarios of your own: `import { … } from 'headroom-k6/lib'`. Runs inside k6. */

export type { Quantile, Slo, SloScope } from '../thresholds/slo.ts';
export type { Answer } from './api/answer.ts';
export {
  type Auth,
  apiKey,
  basic,
  bearer,
  cookie,
  type LoginOptions,
  login,
  type OAuth2Options,
  oauth2,
  secret,
} from './api/auth.ts';
export {
  type Draws,
  defineEndpoints,
  type Endpoint,
  type EndpointDefinition,
  type Endpoints,
  type ExtractedBy,
  type Extractor,
  type Method,
  type PathParameter,
  type Query,
  type RequestBody,
} from './api/endpoint.ts';
export { header, json, list } from './api/extract.ts';
export { csvPool, linesPool, type Pool, pool } from './api/pool.ts';
export {
  defineJourney,
  defineScenario,
  type Journey,
  type ScenarioExports,
  type ServiceScenario,
  type SloFor,
} from './api/scenario.ts';
export type { Attempt, Request, RequestParts, Visit } from './api/visit.ts';
export {
  diurnal,
  mondayMorning,
  type Point,
  type Profile,
  ramp,
  soakProfile,
  spike,
  stairs,
  steady,
} from './workload/arrival.ts';
export type { Settings } from './workload/settings.ts';
