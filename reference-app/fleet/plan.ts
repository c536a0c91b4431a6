import type { Uses } from '../databases.ts';
import type { Switches } from '../switches.ts';

/** Which processes there are, and what each needs of the databases. */
export interface Plan {
  readonly primary: Uses;
  /** Those that the primary starts. */
  readonly members: readonly Uses[];
}

const BACKGROUND_CONNECTIONS = 3;
const PROVIDER_CONNECTIONS = 2;
/** A member only looks at replicas beside its requests. */
const LOOK_CONNECTIONS = 1;

export function planOf({ workers }: Switches): Plan {
  const primary = { requests: workers === 1, background: BACKGROUND_CONNECTIONS, provider: PROVIDER_CONNECTIONS };
  const member = { requests: true, background: LOOK_CONNECTIONS, provider: 0 };
  return { primary, members: workers === 1 ? [] : Array.from({ length: workers }, () => member) };
}
