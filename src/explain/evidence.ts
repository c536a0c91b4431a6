import { type Slo, sloId, sloOf } from '../gate/slo.ts';
import type { Run } from '../results/schema.ts';
import { rereadWindows } from '../run/reread.ts';
import { DEFAULT_SOAK, SoakHistory, unusualIn } from '../soak/index.ts';
import { CourseSink } from './course.ts';
import type { ObjectiveEvidence } from './objectives.ts';

/** Cells that the history of a run is cut into, about; never longer than a minute, as in a soak. */
const CELLS = 120;
const MINUTE = 60;
/** Of `SoakSettings.binSeconds`, the part that a cell is. */
const CELLS_PER_BIN = 15;

/**
 * Reads from a run's windows what its objectives rest on, when those that are broken were lost, and what else moved then.
 *
 * @param folder the run's folder
 * @param slos that it was judged by; those in its results without
 * @throws HeadroomError ARCHIVE_UNREADABLE
 */
export async function evidenceOf(
  folder: string,
  run: Run,
  slos: readonly Slo[] = run.slo.map(sloOf),
): Promise<Map<string, ObjectiveEvidence>> {
  const whole = slos.filter(({ windowSeconds }) => windowSeconds === undefined);
  const length = run.endedAt === null ? 0 : (Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000;
  const cellSeconds = run.soak === undefined ? Math.min(MINUTE, Math.max(1, Math.round(length / CELLS))) : MINUTE;
  const history = new SoakHistory({ ...DEFAULT_SOAK, binSeconds: CELLS_PER_BIN * cellSeconds });
  const courses: CourseSink[] = [];
  await rereadWindows(folder, run, [], (totals) => {
    courses.push(new CourseSink(whole, totals));
    return [...courses, history];
  });
  await history.close();
  return new Map(
    slos.map((slo): [string, ObjectiveEvidence] => {
      const id = sloId(slo);
      const result = run.slo.find((each) => each.id === id);
      const of = slo.windowSeconds === undefined ? (courses[0]?.courseOf(slo) ?? null) : null;
      const from = result?.window?.worstAtSeconds ?? of?.worst?.atSeconds ?? null;
      if (from === null || result === undefined || result.ok) return [id, { course: of, alsoThen: [] }];
      const stretch = { fromSeconds: from, untilSeconds: from + (slo.windowSeconds ?? MINUTE) };
      return [id, { course: of, alsoThen: unusualIn(history, stretch, result.endpoint) }];
    }),
  );
}
