import { CsvDecoder } from '../src/k6/decode.ts';
import { SeriesRegistry } from '../src/results/registry.ts';
import { WindowCollector } from '../src/results/window.ts';

/** Rows per second of CPU time on one core. */
export interface DecoderRate {
  what: string;
  rowsPerSecond: number;
}

const ENDPOINTS = [
  'search',
  'view',
  'book',
  'pay',
  'login',
  'logout',
  'profile',
  'pets',
  'reviews',
  'cancel',
  'invoice',
  'help',
];
const HEADER =
  'metric_name,timestamp,metric_value,check,error_code,expected_response,group,name,scenario,status,extra_tags,metadata\n';

/**
 * The stream of twelve endpoints at 1,000 requests/s as k6 2.2 writes it, in the pieces that a pipe delivers. The rows
 * of a request follow each other; which endpoint comes next is drawn.
 */
function stream(requests: number): { chunks: Buffer[]; rows: number } {
  const chunks: Buffer[] = [];
  let text = HEADER;
  let rows = 0;
  let state = 1;
  const draw = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < requests; i++) {
    const at = 1_795_457_776_000 + i;
    const name = ENDPOINTS[Math.floor(draw() * ENDPOINTS.length)] ?? '';
    const duration = 4 * 12 ** draw();
    const samples: [metric: string, value: number][] = [
      ['http_reqs', 1],
      ['http_req_duration', duration],
      ['http_req_blocked', 0.001 + 0.004 * draw()],
      ['http_req_connecting', 0],
      ['http_req_tls_handshaking', 0],
      ['http_req_sending', 0.01 + 0.02 * draw()],
      ['http_req_waiting', duration - 0.06],
      ['http_req_receiving', 0.02 + 0.04 * draw()],
      ['http_req_failed', 0],
    ];
    for (const [metric, value] of samples) text += `${metric},${at},${value.toFixed(6)},,,true,,${name},load,200,,\n`;
    rows += samples.length;
    if (text.length >= 65_536) {
      const bytes = Buffer.from(text);
      for (let from = 0; from < bytes.length; from += 65_536) chunks.push(bytes.subarray(from, from + 65_536));
      text = '';
    }
  }
  chunks.push(Buffer.from(text));
  return { chunks, rows };
}

/** Measures the decoder alone and with windows of histograms behind it: the best of several passes, after a warm-up. */
export function measureDecoder(requests = 100_000, passes = 12): DecoderRate[] {
  const { chunks, rows } = stream(requests);
  const pass = (withHistograms: boolean): number => {
    const windows = new WindowCollector([]);
    let count = 0;
    const decoder = new CsvDecoder(
      new SeriesRegistry(),
      withHistograms ? (series, { timestamp, value }) => windows.record(series, timestamp, value) : () => count++,
    );
    const before = process.cpuUsage();
    for (const chunk of chunks) decoder.write(chunk);
    decoder.end();
    windows.end();
    const { user, system } = process.cpuUsage(before);
    if (decoder.rows !== rows || decoder.refused > 0)
      throw new Error(`decoded ${decoder.rows} of ${rows} rows, refused ${decoder.refused}`);
    return rows / ((user + system) / 1e6);
  };
  const best = (withHistograms: boolean): number =>
    Math.max(...Array.from({ length: passes }, () => pass(withHistograms)));
  return [
    { what: 'decoded into windows of HDR histograms', rowsPerSecond: best(true) },
    { what: 'decoded only', rowsPerSecond: best(false) },
  ];
}
