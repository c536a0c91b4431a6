import type { ShopSecrets } from '../shop.ts';

/** Those of the shop that was recorded: made up, and easy to look for. */
export const RECORDED: ShopSecrets = {
  password: 'open sesame & more',
  session: 'f00dfeedf00dfeed',
  token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2VjcmV0LXNpZ25hdHVyZQ',
  csrf: 'c5rf-9d1e77',
  reset: '5f3a9c0d7e1b4a2f8c6d',
  card: '4000 0000 0000 0002',
};
