import type { Draw } from '../generators/random.ts';

/** What a visitor does next. `nextPage` is a search too: the page after the one just seen. */
export type Step = 'search' | 'nextPage' | 'view' | 'book' | 'pay';

/**
 * Chances of what comes after a search; the rest leaves. Together with those below they make 2.5 searches, 1.2 views and
 * 0.2 bookings a journey: of 100 searches, 8 bookings.
 */
const VIEW = 0.432;
const NEXT_PAGE = 0.216;
const SEARCH_AGAIN = 0.216;
/** Chances of what comes after the view of a sitter; the rest leaves. */
const BOOK = 0.1667;
const VIEW_ANOTHER = 0.1;
const BACK_TO_SEARCH = 0.35;
/** Chance that a held booking is paid, not left to expire. */
const PAY = 0.95;

/** Mean think time between two steps. */
export const THINK_SECONDS = 3;
/** What a request takes where the target is well; it only sizes the virtual users. */
const REQUEST_SECONDS = 0.05;

/**
 * The steps of one journey: a walk that may be given up at any point, as most are. What is asked for is drawn elsewhere,
 * so that a plan is as small as a list of words.
 *
 * @param books whether those who would book do; else they leave there
 */
export function planJourney(draw: Draw, books: boolean): Step[] {
  const steps: Step[] = ['search'];
  for (;;) {
    const chance = draw();
    if (steps[steps.length - 1] !== 'view') {
      if (chance < VIEW) steps.push('view');
      else if (chance < VIEW + NEXT_PAGE) steps.push('nextPage');
      else if (chance < VIEW + NEXT_PAGE + SEARCH_AGAIN) steps.push('search');
      else return steps;
    } else if (chance < BOOK) {
      if (!books) return steps;
      steps.push('book');
      if (draw() < PAY) steps.push('pay');
      return steps;
    } else if (chance < BOOK + VIEW_ANOTHER) steps.push('view');
    else if (chance < BOOK + VIEW_ANOTHER + BACK_TO_SEARCH) steps.push('search');
    else return steps;
  }
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
