export { annotationsOf } from './annotations.ts';
export { casesOf } from './cases.ts';
export { junitOf } from './junit.ts';
export { type LoadPerformance, loadPerformanceOf } from './load-performance.ts';
export { markdownOf } from './markdown.ts';
