export { type Comparison, comparisonOf, comparisonSchema } from './comparison.ts';
export { COMPARISON_POLICY, type ComparedRun, comparisonPage } from './page.ts';
export { comparisonMarkdown } from './text.ts';
