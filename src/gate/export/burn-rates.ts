/** When an error budget burns too fast: over a long window, and still over a short one, so that the alert ends with its cause. */
export interface BurnRate {
  /** How many times faster than evenly the budget is spent. */
  factor: number;
  long: string;
  short: string;
  severity: 'page' | 'ticket';
  /** Time in which the whole budget of 30 days is gone at this rate. */
  spentIn: string;
}

/** Time over which an error budget is meant. */
export const BUDGET_PERIOD = '30d';

/**
 * Multiwindow, multi-burn-rate alerts: 2 % of the budget of 30 days in an hour, 5 % in six hours, 10 % in a day, 10 % in three
 * days. The short window is a twelfth of the long one. Source: The Site Reliability Workbook, chapter 5, approach 6.
 */
export const BURN_RATES: readonly BurnRate[] = [
  { factor: 14.4, long: '1h', short: '5m', severity: 'page', spentIn: '50 hours' },
  { factor: 6, long: '6h', short: '30m', severity: 'page', spentIn: '5 days' },
  { factor: 3, long: '1d', short: '2h', severity: 'ticket', spentIn: '10 days' },
  { factor: 1, long: '3d', short: '6h', severity: 'ticket', spentIn: '30 days' },
];

/** Every window that a burn rate is measured over, shortest first. */
export const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;
