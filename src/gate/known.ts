import { nearestName } from './nearest.ts';
import { type Slo, sloId } from './slo.ts';

/** The endpoints and journeys of a scenario. */
export interface Known {
  endpoints: readonly string[];
  journeys: readonly string[];
}

/** An objective that nothing can meet, as the scenario does not have what it is for. */
export interface UnknownSubject {
  slo: Slo;
  /** The name that the scenario does not have. */
  subject: string;
  /** One sentence without its full stop. */
  message: string;
}

/** Objectives for endpoints and journeys that a scenario does not have; none where it does not say what it has. */
export function unknownSubjects(slos: readonly Slo[], known: Known | null): UnknownSubject[] {
  if (known === null) return [];
  return slos.flatMap((slo) => {
    const [what, subject, names] =
      slo.metric === 'successRate'
        ? (['journey', slo.journey, known.journeys] as const)
        : (['endpoint', slo.endpoint, known.endpoints] as const);
    if (names.includes(subject)) return [];
    const nearest = nearestName(subject, names);
    const meant = nearest === null ? '' : `; the nearest is "${nearest}"`;
    return [
      {
        slo,
        subject,
        message: `${sloId(slo)} is an objective for the ${what} "${subject}", which the scenario does not have${meant}`,
      },
    ];
  });
}
