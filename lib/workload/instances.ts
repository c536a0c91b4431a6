/** Settings of an executor that say how many virtual users it has. */
const VIRTUAL_USERS = ['maxVUs', 'preAllocatedVUs'];

/**
 * A scenario's options with numbers of virtual users that so many instances can share evenly: rounded up to multiples. k6 splits
 * a rate in proportion to the virtual users of each instance, which are whole numbers: 7 over 3 instances would make rates of
 * 3 : 2 : 2. A fixed number of users is left as it is where it is the load itself.
 *
 * @param options of a k6 script; what is not known in them stays
 */
export function sharedEvenly(options: unknown, instances: number): unknown {
  if (!isObject(options) || !isObject(options.scenarios)) return options;
  const scenarios: Record<string, unknown> = {};
  for (const [name, scenario] of Object.entries(options.scenarios)) {
    if (!isObject(scenario)) continue;
    const shared = scenario.executor === 'shared-iterations' ? [...VIRTUAL_USERS, 'vus'] : VIRTUAL_USERS;
    const rounded = shared.flatMap((key) => {
      const users = scenario[key];
      return typeof users === 'number' ? [[key, Math.ceil(users / instances) * instances]] : [];
    });
    scenarios[name] = { ...scenario, ...Object.fromEntries(rounded) };
  }
  return { ...options, scenarios };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
