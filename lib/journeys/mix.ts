import type { Random } from '../generators/random.ts';

/** What a visitor does next. `nextPage` is a search too: the page after the one just seen. */
export type Step = 'search' | 'nextPage' | 'view' | 'book' | 'pay';

/**
 * Chances of what comes after a search; the rest leaves. Together with those below they make 2.5 searches, 1.2 views and
 * 0.2 bookings a journey: of 100 searches, 8 bookings.
 */
const NEXT_PAGE = 0.216;
const SEARCH_AGAIN = 0.216;
const VIEW = 0.432;
/** Chances of what comes after the view of a sitter; the rest leaves. */
const BOOK = 1 / 6;
const VIEW_ANOTHER = 0.1;
const BACK_TO_SEARCH = 0.35;
/** Chance that a held booking is paid, not left to expire. */
const PAY = 0.95;

/**
 * The steps of one journey: a walk that may be given up at any point, as most are. What is asked for is drawn elsewhere,
 * so that a plan is as small as a list of words.
 */
export function planJourney(random: Random): Step[] {
  const steps: Step[] = ['search'];
  for (let viewing = false; ; ) {
    const chance = random.next();
    if (viewing) {
      if (chance < BOOK) {
        steps.push('book');
        if (random.next() < PAY) steps.push('pay');
        return steps;
      }
      if (chance >= BOOK + VIEW_ANOTHER + BACK_TO_SEARCH) return steps;
      viewing = chance < BOOK + VIEW_ANOTHER;
      steps.push(viewing ? 'view' : 'search');
    } else {
      if (chance >= NEXT_PAGE + SEARCH_AGAIN + VIEW) return steps;
      viewing = chance < VIEW;
      steps.push(viewing ? 'view' : chance < VIEW + NEXT_PAGE ? 'nextPage' : 'search');
    }
  }
}

/** Mean think time before each kind of step, in seconds. */
const THINK_SECONDS = 3;
/** Longest think time, as a multiple of the mean. */
const LONGEST_THINK = 10;
/** What a request takes where the target is well, in seconds; it only sizes the virtual users. */
const REQUEST_SECONDS = 0.05;

/** A think time in seconds: exponential and cut off at ten times its mean, as in the TPC-W benchmark. */
export function drawThinkSeconds(random: Random): number {
  return THINK_SECONDS * Math.min(LONGEST_THINK, -Math.log(1 - random.next()));
}

/**
 * Mean length of a journey in seconds, from the mean numbers of its steps: with the chances above,
 * searches s = 1 + (next page + again)·s + back·v and views v = view·s + another·v.
 *
 * @param think multiplies think times
 */
export const meanJourneySeconds = (think: number): number => {
  const viewsPerSearch = VIEW / (1 - VIEW_ANOTHER);
  const searches = 1 / (1 - NEXT_PAGE - SEARCH_AGAIN - BACK_TO_SEARCH * viewsPerSearch);
  const views = searches * viewsPerSearch;
  const steps = searches + views + views * BOOK * (1 + PAY);
  return (steps - 1) * THINK_SECONDS * think + steps * REQUEST_SECONDS;
};
