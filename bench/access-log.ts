/**
 * Writes a synthetic access log to standard output: `node bench/access-log.ts <megabytes> [json]`. A week of a shop with a
 * daily rhythm: a million addresses, a million things by Zipf's law, ten thousand articles, assets, broken lines.
 */
import { once } from 'node:events';
import { keyedRandom } from '../lib/generators/random.ts';
import { zipfRank } from '../lib/generators/zipf.ts';

const bytes = Number(process.argv[2] ?? 10) * 1e6;
const json = process.argv[3] === 'json';
const random = keyedRandom(1, 'access log', 0);
const draw = (): number => random.next();
const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5',
  'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
];
const WORDS = ['tea', 'bread', 'north', 'lamp', 'river', 'stone', 'paper', 'cloud', 'green', 'winter'];
const word = (n: number): string => WORDS[n % 10] ?? '';
const WEEK = 7 * 86_400;
const START = Date.parse('2026-01-05T00:00:00Z') / 1000;
/** Bytes of a line, about: sets how fast time goes. */
const LINE = json ? 290 : 235;

function url(): string {
  const u = draw();
  if (u < 0.4) return `/things/${zipfRank(draw, 1_000_000)}`;
  if (u < 0.6) return `/search?q=${word(random.int(10))}+${word(random.int(10))}&page=${1 + random.int(3)}`;
  if (u < 0.7)
    return `/articles/${word(random.int(10))}-${word(random.int(10))}-${word(random.int(10))}-${word(random.int(10))}`;
  if (u < 0.9) return `/assets/app.${random.int(5)}.css`;
  return u < 0.98 ? '/' : '/account/orders';
}

let written = 0;
let at = START;
let [second, clock, iso] = [-1, '', ''];
while (written < bytes) {
  const lines: string[] = [];
  for (let i = 0; i < 2_000; i++) {
    const phase = ((at % 86_400) / 86_400) * 2 * Math.PI;
    at += ((WEEK * LINE) / bytes) * (-Math.log(1 - draw()) / (1 - 0.8 * Math.cos(phase)));
    if (Math.floor(at) !== second) {
      second = Math.floor(at);
      iso = new Date(second * 1000).toISOString();
      clock = `${iso.slice(8, 10)}/Jan/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
    }
    const visitor = random.int(1_000_000);
    const address = `10.${visitor >> 16}.${(visitor >> 8) & 255}.${visitor & 255}`;
    const agent = AGENTS[visitor % 3] ?? '';
    const method = draw() < 0.95 ? 'GET' : 'POST';
    const status = draw() < 0.99 ? 200 : 404;
    const seconds = (0.002 - Math.log(1 - draw()) * 0.02).toFixed(3);
    if (draw() < 0.0001) lines.push('a line that no program wrote');
    else if (json) {
      lines.push(
        `{"time_iso8601":"${iso}","remote_addr":"${address}","request":"${method} ${url()} HTTP/1.1","status":"${status}","request_time":"${seconds}","http_user_agent":"${agent}"}`,
      );
    } else {
      lines.push(
        `${address} - - [${clock}] "${method} ${url()} HTTP/1.1" ${status} ${random.int(50_000)} "https://shop.example/" "${agent}" ${seconds}`,
      );
    }
  }
  const text = `${lines.join('\n')}\n`;
  written += text.length;
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
