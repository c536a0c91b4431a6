export { CAPACITY_POLICY, capacityPage } from './page.ts';
export { headlineOf } from './words.ts';
