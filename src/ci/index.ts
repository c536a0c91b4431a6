export { type Case, type CaseStatus, casesOf } from './cases.ts';
export { junitOf } from './junit.ts';
export { markdownOf } from './markdown.ts';
