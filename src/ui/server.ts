/** The runs of a folder as pages of this machine, and of nobody else: loopback only, and only for pages of its own. */
import { readdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { CAPACITY_POLICY, capacityPage, headlineOf } from '../capacity-page/index.ts';
import { readCapacity } from '../capacity-run/index.ts';
import { COMPARISON_POLICY, comparisonOf, comparisonPage } from '../compare/index.ts';
import { HeadroomError } from '../errors.ts';
import { REPORT_POLICY, render } from '../report/render.ts';
import { readRun } from '../results/archive.ts';
import { isRunning } from '../run/alive.ts';
import { readRunSeries } from '../run/reread.ts';
import { lookAtRuns } from '../run/shelf.ts';
import { refusal } from './guard.ts';
import { addressOf, failurePage, type ListedSearch, listPage } from './list-page.ts';
import { liveView } from './live.ts';
import { livePage } from './live-page.ts';
import type { UiPage } from './page.ts';

/** What is served, and where. */
export interface UiOptions {
  runsFolder: string;
  /** 0 for any that is free. */
  port: number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds between two looks at a run that goes. */
  lookEveryMs?: number;
}

/** Pages that are served until they are closed. */
export interface RunningUi {
  url: URL;
  close(): Promise<void>;
}

const HOME = '/';
const LOOK_EVERY_MS = 2_000;
/** Live views at once; each reads the archive by itself. */
const MOST_LIVE = 12;

/**
 * Serves the runs of a folder on 127.0.0.1 until it is closed.
 *
 * @throws HeadroomError SETTING_INVALID when the port is taken, RUN_NOT_FOUND when there is no such folder
 */
export async function startUi(options: UiOptions): Promise<RunningUi> {
  await lookAtRuns(options.runsFolder, { nowMs: options.now(), baselineOf: new Map() });
  const ui = new Ui(options);
  const server = createServer((request, response) => void ui.answer(request, response));
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new HeadroomError(
          'SETTING_INVALID',
          whyNotPort(options.port, cause),
          'Give another one with --port; 0 takes any that is free.',
          { cause },
        ),
      ),
    );
    server.listen(options.port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : options.port);
    });
  });
  ui.port = port;
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    close: async () => {
      ui.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function whyNotPort(port: number, cause: Error): string {
  const code = 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') return `Port ${port} of 127.0.0.1 is taken.`;
  if (code === 'EACCES') return `Port ${port} of 127.0.0.1 may not be used by this user.`;
  return `Port ${port} of 127.0.0.1 cannot be used: ${cause.message}.`;
}

class Ui {
  readonly #options: UiOptions;
  readonly #live = new Set<() => void>();
  port = 0;

  constructor(options: UiOptions) {
    this.#options = options;
  }

  stop(): void {
    for (const end of this.#live) end();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, method } = request;
    const site = headers['sec-fetch-site'];
    const mode = headers['sec-fetch-mode'];
    const asked = { method, host: headers.host, origin: headers.origin, site: one(site), mode: one(mode) };
    const refused = refusal(asked, this.port);
    if (refused !== null) {
      plain(response, refused.status, refused.why);
      return;
    }
    try {
      await this.#route(new URL(request.url ?? '/', `http://127.0.0.1:${this.port}`), response);
    } catch (error) {
      const known = error instanceof HeadroomError;
      if (response.headersSent) response.destroy();
      else if (known) sendFailure(response, error.code === 'RUN_NOT_FOUND' ? 404 : 500, error.message, error.remedy);
      else sendFailure(response, 500, 'This page could not be made.', 'The first page may still be.');
    }
  }

  async #route({ pathname, searchParams }: URL, response: ServerResponse): Promise<void> {
    if (pathname === '/') {
      send(response, await this.#list(searchParams.get('q')?.trim() ?? ''));
      return;
    }
    if (pathname === '/compare') {
      send(response, await this.#compare(searchParams.get('a') ?? '', searchParams.get('b') ?? ''));
      return;
    }
    if (pathname === '/overlay') {
      const [a, b] = [searchParams.get('a') ?? '', searchParams.get('b') ?? ''];
      response.writeHead(302, { ...HEADERS, Location: overlayAddress(a, b) }).end();
      return;
    }
    const [, kind, name, what] = /^\/(runs|searches)\/([^/]+)\/(events)?$/.exec(pathname) ?? [];
    if (kind === undefined || name === undefined) {
      sendFailure(response, 404, 'There is no such page.', 'The first page lists the runs.');
      return;
    }
    const folder = await this.#folderOf(decoded(name));
    if (kind === 'searches') {
      const search = await readCapacity(folder);
      const text = capacityPage(search, addressOf, HOME);
      send(response, { text, policy: CAPACITY_POLICY });
    } else if (what === 'events') this.#follow(folder, response);
    else send(response, await this.#run(folder, searchParams.get('compare')));
  }

  /** The folder of a run or a search, which lies directly in the folder of runs: no path leads out of it. */
  async #folderOf(name: string): Promise<string> {
    const { runsFolder } = this.#options;
    const entries = await readdir(runsFolder, { withFileTypes: true });
    if (entries.some((entry) => entry.isDirectory() && entry.name === name)) return join(runsFolder, name);
    throw new HeadroomError(
      'RUN_NOT_FOUND',
      'There is no such run here.',
      'The first page lists those that are there.',
    );
  }

  async #list(query: string): Promise<UiPage> {
    const { runsFolder, now } = this.#options;
    const shelf = await lookAtRuns(runsFolder, { nowMs: now(), baselineOf: new Map() });
    const names = (await readdir(runsFolder))
      .filter((name) => name.includes('-capacity-'))
      .sort()
      .reverse();
    const searches: ListedSearch[] = [];
    for (const name of names) {
      const search = await readCapacity(join(runsFolder, name)).catch(() => null);
      if (search !== null) searches.push({ id: name, target: search.target, headline: headlineOf(search.result) });
    }
    return listPage({ runs: shelf.runs, unreadable: shelf.unreadable, searches, query });
  }

  async #run(folder: string, compared: string | null): Promise<UiPage> {
    const stored = await readRun(folder);
    if (await this.#goesOn(folder)) return livePage(stored);
    const { run, series } = await readRunSeries(folder, stored);
    if (compared === null) return { text: render(run, series, null, HOME), policy: REPORT_POLICY };
    const other = await this.#read(compared);
    const text = render(run, series, { name: other.run.id, series: other.series }, HOME);
    return { text, policy: REPORT_POLICY };
  }

  async #compare(nameOfA: string, nameOfB: string): Promise<UiPage> {
    const [a, b] = [await this.#read(nameOfA), await this.#read(nameOfB)];
    const reports = [addressOf(nameOfA), addressOf(nameOfB), overlayAddress(nameOfA, nameOfB)] as const;
    const text = comparisonPage(comparisonOf(a.run, b.run, null), a, b, { home: HOME, reports });
    return { text, policy: COMPARISON_POLICY };
  }

  async #read(name: string): ReturnType<typeof readRunSeries> {
    const folder = await this.#folderOf(name);
    return await readRunSeries(folder, await readRun(folder));
  }

  async #goesOn(folder: string): Promise<boolean> {
    return (await readRun(folder)).endedAt === null && (await isRunning(folder, this.#options.now()));
  }

  /** Server-sent events (HTML Living Standard, section 9.2): `view` with what is going on, `end` when the run has ended. */
  #follow(folder: string, response: ServerResponse): void {
    // Who asks for the head alone would be held until the run has ended, and with it one of the live views.
    if (response.req.method === 'HEAD') {
      response.writeHead(200, EVENTS).end();
      return;
    }
    if (this.#live.size >= MOST_LIVE) {
      plain(response, 503, `${MOST_LIVE} live views are open. Close one of them.`);
      return;
    }
    response.writeHead(200, EVENTS);
    let timer: NodeJS.Timeout | undefined;
    const end = (): void => {
      clearTimeout(timer);
      this.#live.delete(end);
      response.end();
    };
    const look = async (): Promise<void> => {
      try {
        if (!(await this.#goesOn(folder))) {
          response.write('event: end\ndata: {}\n\n');
          end();
          return;
        }
        response.write(`event: view\ndata: ${JSON.stringify(await liveView(folder))}\n\n`);
      } catch {
        // A segment is just begun, or run.json replaced: the next look sees it.
        response.write(': not readable now\n\n');
      }
      if (this.#live.has(end)) timer = setTimeout(() => void look(), this.#options.lookEveryMs ?? LOOK_EVERY_MS);
    };
    this.#live.add(end);
    response.on('close', end);
    void look();
  }
}

/** On every answer: nothing is kept, guessed, framed or told to others. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
};

const EVENTS = { ...HEADERS, 'Content-Type': 'text/event-stream; charset=utf-8' };

function send(response: ServerResponse, { text, policy }: UiPage, status = 200): void {
  response.writeHead(status, {
    ...HEADERS,
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': `${policy}; frame-ancestors 'none'`,
  });
  response.end(text);
}

/** Why there is no page, with a way back. */
function sendFailure(response: ServerResponse, status: number, sentence: string, remedy: string): void {
  send(response, failurePage(sentence, remedy), status);
}

/** To those that are no page of ours. */
function plain(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${sentence}\n`);
}

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

/** The report of a run with the lines of another one in it. */
const overlayAddress = (a: string, b: string): string => `${addressOf(b)}?${new URLSearchParams({ compare: a })}`;

/** A name that is no valid escape is the name of nothing. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return '';
  }
}
