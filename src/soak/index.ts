export { SoakHistory } from './history.ts';
export { judgeDrifts, signalsOf } from './judge.ts';
export { judgeSignal, type Signal } from './judge-signal.ts';
export { soakLines } from './lines.ts';
export { type LostObjective, lostObjectives } from './lost.ts';
export { DEFAULT_METRICS, DEFAULT_SOAK, type SoakSettings } from './signals.ts';
export { unusualIn, worstMinuteOf } from './worst-minute.ts';
