/** Journeys of a service of one's own, with the type of each part where a helper of one's own needs it. Runs inside k6. */
import {
  type Answer,
  type Attempt,
  type Auth,
  csvPool,
  type Draws,
  defineEndpoints,
  defineJourney,
  defineScenario,
  type Endpoint,
  type EndpointDefinition,
  type Endpoints,
  type ExtractedBy,
  type Extractor,
  type Journey,
  type LoginOptions,
  login,
  type Method,
  type OAuth2Options,
  oauth2,
  type PathParameter,
  type Point,
  type Pool,
  type Profile,
  type Quantile,
  type Query,
  type Request,
  type RequestBody,
  type RequestParts,
  type ScenarioExports,
  type ServiceScenario,
  type Settings,
  type Slo,
  type SloFor,
  type SloScope,
  type Visit,
} from 'headroom-k6/lib';

const users: Pool<{ name: string; plan: string }> = csvPool('users', 'name,plan\nfirst,free\nsecond,paid', [
  'name',
  'plan',
]);

/** What requests are made of: a page drawn anew each time, the pet of a user. */
const page = (draws: Draws): Query => ({ page: Math.floor(5 * draws.draw()), limit: 20 });
const pet = ({ iteration }: Draws): RequestBody => ({ name: `pet-${iteration}`, owner: users.at(iteration).name });

/** What is taken out of an answer, and what must be true of it. */
const ids: Extractor<string[]> = (answer) => answer.body.match(/\d+/g);
const quick = (answer: Answer): boolean => answer.milliseconds < 500;

const post: Method = 'POST';
const addPet = { method: post, path: '/pets', body: pet, expect: 201 } as const satisfies EndpointDefinition;
const listPets = { path: '/pets', query: page, checks: { 'is quick': quick }, extract: { ids } };
const definitions = { listPets, showPet: { path: '/pets/{petId}' }, addPet } as const;
const api: Endpoints<typeof definitions> = defineEndpoints(definitions);

/** The first id of a list, and the path that it goes into. */
const firstOf = ({ ids: [first = '0'] }: ExtractedBy<typeof listPets>): string => first;
const parameter: PathParameter<'/pets/{petId}'> = 'petId';
const ofPet = (id: string): Request<'/pets/{petId}'> => [{ path: { [parameter]: id } }];

/** Asks once, and once more when the first answer is not as expected. */
function twice(visit: Visit, endpoint: Endpoint<'/pets'>, parts: RequestParts): Attempt<unknown> {
  const first = visit.attempt(endpoint, parts);
  return first.ok ? first : visit.attempt(endpoint, parts);
}

const browse: Journey = defineJourney({
  weight: 3,
  run(visit) {
    visit.call(api.showPet, ...ofPet(firstOf(visit.call(api.listPets))));
  },
});
const adopt: Journey = defineJourney({ run: (visit) => void twice(visit, api.addPet, { query: 'urgent=1' }) });

/** Who asks: by a form of the service, or by a server that gives out tokens. */
const form: LoginOptions = { path: '/login', body: () => 'user=load&password=test' };
const client: OAuth2Options = { tokenUrl: '/oauth/token', clientId: 'CLIENT_ID', clientSecret: 'CLIENT_SECRET' };
export const byForm: Auth = login(form);
const byToken: Auth = oauth2(client);

/** Half of the rate in the first minute. */
const gentle = ({ rate, duration }: Settings): Profile => {
  const full: Point = { at: 60, rate };
  return [{ at: 0, rate: rate / 2 }, full, { at: duration, rate }];
};

const scope: SloScope = { windowSeconds: 60 };
const tail: Quantile = 'p99';
const slos: SloFor<'listPets' | 'showPet' | 'addPet', 'browse' | 'adopt'>[] = [
  { endpoint: 'listPets', metric: tail, max: 300 },
  { ...scope, endpoint: 'addPet', metric: 'errorRate', max: 0.01 },
];
/** The same for `headroom run --slo`. */
export const exported: Slo[] = [{ endpoint: 'listPets', metric: tail, max: 300 }];

const service: ServiceScenario<'listPets' | 'showPet' | 'addPet', 'browse' | 'adopt'> = {
  ...{ name: 'pets', rate: 20, duration: '10m', arrivals: gentle, auth: byToken },
  ...{ endpoints: api, journeys: { browse, adopt }, slos },
};
const scenario: ScenarioExports = defineScenario(service);
export const { setup, options } = scenario;
export default scenario.iteration;
