export { bashCompletion } from './bash.ts';
export { fishCompletion } from './fish.ts';
export type { Outline, Parameter, Value } from './outline.ts';
export { walk } from './outline.ts';
export { zshCompletion } from './zsh.ts';
