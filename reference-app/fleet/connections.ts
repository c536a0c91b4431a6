import type { Socket } from 'node:net';
import type { HttpApp } from '../http/app.ts';
import { closeWithin } from '../http/listen.ts';

const POLL_MS = 20;

/** Connections that the primary handed over: a server counts only those that it accepted itself. */
export class Connections {
  readonly #http: HttpApp;
  readonly #open = new Set<Socket>();

  constructor(http: HttpApp) {
    this.#http = http;
  }

  /** Answers the requests of a connection. */
  take(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    this.#http.server.emit('connection', socket);
    socket.resume();
  }

  /** Lets requests in flight finish, for so long at most, milliseconds, and closes what is idle. */
  async close(timeoutMs: number): Promise<void> {
    const closed = closeWithin(this.#http, timeoutMs);
    const end = performance.now() + timeoutMs;
    while (this.#open.size > 0 && performance.now() < end) {
      this.#http.server.closeIdleConnections();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    for (const socket of this.#open) socket.destroy();
    await closed;
  }
}
