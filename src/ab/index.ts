export { type AbConduct, type AbPlan, compareBuilds, newComparison, readComparison } from './compare.ts';
export { abMarkdown, foresightLine, roundLine } from './render.ts';
export { type Ab, type AbMode, abSchema } from './schema.ts';
export { parseSubject } from './subject.ts';
