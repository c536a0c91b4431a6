export { type Comparison, comparisonOf, comparisonSchema } from './comparison.ts';
export { type ComparedRun, comparisonPage } from './page.ts';
export { comparisonMarkdown } from './text.ts';
