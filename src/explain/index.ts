export { evidenceOf } from './evidence.ts';
export { explain } from './explain.ts';
export { type Explanation, explanationSchema } from './schema.ts';
export { explanationText } from './text.ts';
