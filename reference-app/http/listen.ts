import type { AddressInfo } from 'node:net';
import { AppFailure } from '../failure.ts';
import type { HttpApp } from './app.ts';

/** Where an app listens. */
export interface Address {
  readonly host: string;
  /** 0 for one that is free. */
  readonly port: number;
}

/** @throws AppFailure when the address cannot be had */
export async function listenOn(http: HttpApp, { host, port }: Address): Promise<Address> {
  await http.listen({ port, host }).catch((cause: unknown) => {
    throw cannotListen({ host, port }, cause);
  });
  return addressOf(http.server.address());
}

export const cannotListen = ({ host, port }: Address, cause: unknown): AppFailure =>
  new AppFailure(`cannot listen on ${host}:${port}: ${cause instanceof Error ? cause.message : cause}`, { cause });

/** Where a server of Node's listens. */
export function addressOf(address: AddressInfo | string | null): Address {
  if (address === null || typeof address === 'string') throw new Error('the server listens on a port');
  return { host: address.address, port: address.port };
}

/** The URL by which this machine reaches an address. */
export function urlOf({ host, port }: Address): string {
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}

/** Stops listening and lets requests in flight finish, for so long at most, milliseconds. */
export async function closeWithin(http: HttpApp, timeoutMs: number): Promise<void> {
  const overdue = setTimeout(() => http.server.closeAllConnections(), timeoutMs);
  await http.close();
  clearTimeout(overdue);
}
