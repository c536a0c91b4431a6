/** A scenario for k6 that plays a workload by hand: what `headroom workload from-log` writes. */
import {
  type Bodies,
  type Body,
  type Curve,
  type Replay,
  type ReplayEndpoint,
  type ReplayWorkload,
  replay,
} from 'headroom-k6/replay';

const POPULARITY: Curve = [
  [1, 0.2],
  [10, 0.6],
  [50, 1],
];
const view: ReplayEndpoint = {
  ...{ name: 'GET /sitters/{id}', method: 'GET', route: '/sitters/{id}', share: 0.9 },
  ids: { curve: POPULARITY, values: Array.from({ length: 50 }, (_, i) => String(i)).join('\n') },
};
const book: ReplayEndpoint = { name: 'POST /bookings', method: 'POST', route: '/bookings', share: 0.1 };

const workload: ReplayWorkload = {
  name: 'by-hand',
  arrivals: [5, 20, 5],
  duration: '3m',
  scale: 1,
  endpoints: [view, book],
  requestSeconds: 0.02,
};
const body: Body = (draw) => ({ sitterId: String(Math.floor(50 * draw())) });
const bodies: Bodies = { 'POST /bookings': body };

const { setup, options, iteration }: Replay = replay(workload, bodies, [
  { endpoint: 'GET /sitters/{id}', metric: 'p95', max: 200 },
]);

export { options, setup };
export default iteration;
