/** A process that answers like the booking app at next to no cost, so that a bench measures the generator. Prints its port. */
import { createServer } from 'node:http';

let bookings = 0;
let requests = 0;
const server = createServer((request, response) => {
  request.resume();
  const { url = '' } = request;
  // The load asks for neither of these.
  if (url === '/count' || url === '/' || url === '/metrics' || url.startsWith('/internal/')) {
    response.end(String(requests));
    return;
  }
  requests++;
  response.setHeader('content-type', 'application/json');
  if (url.startsWith('/sitters?')) response.end('{"sitters":[]}');
  else if (url.startsWith('/sitters/')) response.end(`{"id":"${url.slice('/sitters/'.length)}"}`);
  else {
    response.statusCode = 201;
    response.end(
      url === '/bookings'
        ? `{"id":"${++bookings}","status":"held","priceMinor":1000,"currency":"EUR"}`
        : `{"id":"${bookings}"}`,
    );
  }
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
// Ends with the bench, also when that is killed.
process.stdin.on('end', () => process.exit(0)).resume();
