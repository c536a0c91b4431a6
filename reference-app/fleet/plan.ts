import type { Uses } from '../databases.ts';
import { CONTEXTS, type ContextName, type Switches } from '../switches.ts';

/** A process that the primary starts. */
export interface MemberPlan {
  /** As logs and people call it. */
  readonly name: string;
  /** The context that it is all of; null for one that does what the whole app does. */
  readonly context: ContextName | null;
  readonly uses: Uses;
}

/** Which processes there are, and what each needs of the databases. */
export interface Plan {
  /** `alone`: the primary answers; `workers`: members share its port; `split`: it routes to the members. */
  readonly form: 'alone' | 'workers' | 'split';
  readonly primary: Uses;
  /** Those that the primary starts. */
  readonly members: readonly MemberPlan[];
}

const LEADS = { requests: false, background: 3, provider: 2 };
/** A worker only looks at replicas beside its requests. */
const WORKER = { requests: true, background: 1, provider: 0 };
/** A context sweeps as well. */
const CONTEXT = { requests: true, background: 2, provider: 0 };

export function planOf({ workers, split, scale }: Switches): Plan {
  if (split === 'on') {
    const members = CONTEXTS.flatMap((context) =>
      Array.from({ length: scale[context] ?? 1 }, () => ({
        name: context,
        context,
        uses: { ...CONTEXT, requests: context !== 'notifications' },
      })),
    );
    return { form: 'split', primary: LEADS, members };
  }
  if (workers === 1) return { form: 'alone', primary: { ...LEADS, requests: true }, members: [] };
  const members = Array.from({ length: workers }, () => ({ name: 'worker', context: null, uses: WORKER }));
  return { form: 'workers', primary: LEADS, members };
}
