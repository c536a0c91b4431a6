// A service that takes its time: node server.mjs <port> <milliseconds>. Port 0 takes a free one; the address is printed.
import { createServer } from 'node:http';

const [port, milliseconds] = process.argv.slice(2).map(Number);
const server = createServer((_, response) => setTimeout(() => response.end('here'), milliseconds));
server.listen(port, '127.0.0.1', () => {
  process.stdout.write(`listening on http://127.0.0.1:${server.address().port}\n`);
});
process.on('SIGTERM', () => setTimeout(() => process.exit(0), 100));
