import type { Worker } from 'node:cluster';
import { createServer, type Server, type Socket } from 'node:net';
import { type Address, addressOf, cannotListen } from '../http/listen.ts';

/** What comes with a connection that is handed to a member. */
export const CONNECTION = { connection: true } as const;

/**
 * Listens for all members and hands each connection to the next one. The primary keeps the port, so that it is never
 * lost and connections wait while no member is ready; and what was on its way to a member that died is closed, which
 * the round robin of node:cluster leaves open for ever.
 */
export class Front {
  readonly #server: Server;
  /** The next one first. */
  readonly #ready: Worker[] = [];
  readonly #onTheWay = new Map<Worker, Set<Socket>>();
  readonly #waiting: Socket[] = [];

  constructor() {
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
      // A client that goes away while it waits is no failure of ours.
      socket.on('error', () => socket.destroy());
      this.#hand(socket);
    });
  }

  /** @throws AppFailure */
  async listen(wanted: Address): Promise<Address> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => reject(cannotListen(wanted, cause)));
      this.#server.listen(wanted.port, wanted.host, resolve);
    });
    return addressOf(this.#server.address());
  }

  /** The member takes connections from now on, until it ends. */
  add(worker: Worker): void {
    this.#ready.push(worker);
    worker.once('exit', () => this.#remove(worker));
    for (const socket of this.#waiting.splice(0)) this.#hand(socket);
  }

  /** Takes no more connections; those that members have are theirs. */
  close(): void {
    this.#server.close();
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }

  #hand(socket: Socket): void {
    const worker = this.#ready.shift();
    if (worker === undefined) {
      this.#waiting.push(socket);
      return;
    }
    this.#ready.push(worker);
    const onTheWay = this.#onTheWay.get(worker) ?? new Set();
    this.#onTheWay.set(worker, onTheWay.add(socket));
    // Kept open here until it is sent: then the kernel closes it when the member dies before it takes it.
    worker.send(CONNECTION, socket, { keepOpen: true }, () => {
      onTheWay.delete(socket);
      socket.destroy();
    });
  }

  #remove(worker: Worker): void {
    const index = this.#ready.indexOf(worker);
    if (index >= 0) this.#ready.splice(index, 1);
    for (const socket of this.#onTheWay.get(worker) ?? []) socket.destroy();
    this.#onTheWay.delete(worker);
  }
}
