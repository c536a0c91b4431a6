/** The least that serves one user: one route, one indexed query, no checks. Prints its port. */
import fastify from 'fastify';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URLS ?? '', max: 10 });
const app = fastify();
app.get<{ Params: { id: string } }>('/users/:id', async (request) => {
  const { rows } = await pool.query({
    name: 'user-find',
    text: 'SELECT id, name, email, region FROM users WHERE id = $1',
    values: [request.params.id],
  });
  return rows[0];
});
await app.listen({ port: 0, host: '127.0.0.1' });
const address = app.server.address();
process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
// Ends with the bench, also when that is killed.
process.stdin.on('end', () => process.exit(0)).resume();
