export { type AppOptions, type RunningApp, startApp } from './app.ts';
export { AppFailure } from './failure.ts';
export {
  describeSwitches,
  PARENT_VARIABLE,
  parseSwitches,
  SwitchError,
  type Switches,
  variableOf,
} from './switches.ts';
