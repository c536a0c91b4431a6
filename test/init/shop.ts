/**
 * A small shop with what real recordings hold: pages and their assets, redirects, a session by cookie, tokens, forms, an upload, a
 * beacon, an answer that is the same as before. `ci/record-har.ts` records a visit to it; a test plays that recording against it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** What nobody may find in a file that was made of a recording. */
export interface ShopSecrets {
  password: string;
  /** Value of the cookie `sid`. */
  session: string;
  /** A bearer token, as a JSON Web Token looks. */
  token: string;
  csrf: string;
  /** Part of a link that was sent by mail. */
  reset: string;
  card: string;
}

export interface Shop {
  port: number;
  /** What was asked for, and the status of the answer: `GET /login 200`. */
  got: string[];
  close(): Promise<void>;
}

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const PRODUCTS = JSON.stringify([
  { id: 41, name: 'kettle' },
  { id: 42, name: 'cup' },
]);

const page = (body: string): string =>
  `<!doctype html><title>Shop</title><link rel="stylesheet" href="/static/shop.css"><img alt="" src="/logo">${body}`;

const HOME = page(`<ul id="list"></ul><a href="/account">Account</a>
<script src="/static/shop.js"></script><script>
fetch('/api/products?limit=2&sort=it%27s', { headers: { Accept: 'application/json', 'X-Requested-With': 'XMLHttpRequest' } })
  .then((answer) => answer.json())
  .then((all) => { document.querySelector('#list').textContent = all.map(({ name }) => name).join(); });
fetch('http://tracker.example/collect', { method: 'POST', mode: 'no-cors', body: 'page=home' });
</script>`);

const login = ({ csrf }: ShopSecrets): string =>
  page(`<form method="post" action="/login"><input name="user"><input name="password" type="password">
<input name="_csrf" type="hidden" value="${csrf}"><button>Sign in</button></form>`);

const account = ({ card }: ShopSecrets): string =>
  page(`<form id="upload"><input name="note" value="me"><input name="file" type="file"></form><button id="buy">Buy</button><p></p><script>
document.querySelector('#buy').onclick = async () => {
  const json = { 'Content-Type': 'application/json' };
  const { access_token } = await (await fetch('/api/token', { method: 'POST', headers: json, body: '{}' })).json();
  const headers = { ...json, Authorization: 'Bearer ' + access_token };
  await fetch('/api/products/41', { headers });
  await fetch('/api/products/42?jwt=' + access_token, { headers });
  await fetch('/api/cart', { method: 'PUT', headers,
    body: JSON.stringify({ items: [{ id: 41, count: 2 }], payment: { cardNumber: '${card}' }, copy: access_token }) });
  await fetch('/api/avatar', { method: 'POST', headers: { Authorization: headers.Authorization },
    body: new FormData(document.querySelector('#upload')) });
  navigator.sendBeacon('/beacon', 'bought with ' + access_token);
  await fetch('/api/report', { cache: 'no-cache' });
  await fetch('/api/report', { cache: 'no-cache' });
  await fetch('/api/gone').then((answer) => answer.text());
  document.querySelector('p').textContent = 'done';
};
</script>`);

type Reply = [status: number, headers: Record<string, string | string[]>, body?: string | Buffer];
const html = (body: string): Reply => [200, { 'content-type': 'text/html; charset=utf-8' }, body];
const json = (body: string, status = 200): Reply => [status, { 'content-type': 'application/json' }, body];

function answerTo(request: IncomingMessage, body: string, secrets: ShopSecrets): Reply {
  const { method = '', headers } = request;
  const { pathname } = new URL(request.url ?? '/', 'http://shop.example');
  const type = headers['content-type'] ?? '';
  const bearer = headers.authorization === `Bearer ${secrets.token}`;
  switch (`${method} ${pathname}`) {
    case 'GET /':
      return html(HOME);
    case 'GET /static/shop.css':
      return [200, { 'content-type': 'text/css' }, 'body { font: 1em sans-serif }'];
    case 'GET /static/shop.js':
      return [200, { 'content-type': 'text/javascript' }, ';'];
    case 'GET /logo':
      return [200, { 'content-type': 'image/png' }, PNG];
    case 'GET /api/products':
      return headers['x-requested-with'] === undefined ? json('{}', 400) : json(PRODUCTS);
    case 'GET /account':
      return (headers.cookie ?? '').includes(`sid=${secrets.session}`)
        ? html(account(secrets))
        : [302, { location: '/login?next=/account' }];
    case 'GET /login':
      return html(login(secrets));
    case 'POST /login': {
      // As most services do, it reads a form only where it is said to be one.
      const form = type.startsWith('application/x-www-form-urlencoded') ? new URLSearchParams(body) : null;
      const cookies = [`sid=${secrets.session}; HttpOnly; Path=/`, 'theme=dark; Path=/'];
      if (form?.get('password') !== secrets.password) return json('{}', 401);
      return [303, { location: '/account', 'set-cookie': cookies }];
    }
    case `GET /reset/${secrets.reset}`:
      return html(page('Choose a password'));
    case 'POST /api/token':
      return json(JSON.stringify({ access_token: secrets.token }));
    case 'GET /api/products/41':
    case 'GET /api/products/42':
      return bearer ? json('{"name":"kettle"}') : json('{}', 401);
    case 'PUT /api/cart':
      return bearer && type === 'application/json' ? [204, {}] : json('{}', 400);
    case 'POST /api/avatar':
      return type.startsWith('multipart/form-data') ? json('{}', 201) : json('{}', 400);
    case 'POST /beacon':
      return [204, {}];
    case 'GET /api/report':
      if (headers['if-none-match'] === '"1"') return [304, { etag: '"1"' }];
      return [200, { etag: '"1"', 'content-type': 'application/json', 'content-encoding': 'gzip' }, gzipSync('[1,2]')];
    case 'POST /collect':
      return [204, {}];
    default:
      return json('{}', 404);
  }
}

/** Starts the shop on a free port of this machine. */
export async function startShop(secrets: ShopSecrets): Promise<Shop> {
  const got: string[] = [];
  const server: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const [status, headers, text = ''] = answerTo(request, body, secrets);
      got.push(`${request.method} ${request.url?.split('?')[0]} ${status}`);
      response.writeHead(status, headers).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    got,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
