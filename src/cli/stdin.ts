import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';

/** What a pipe holds on Linux. */
const PIPE_BYTES = 65_536;

/**
 * Standard input in pieces, each of which is good until the next is asked for: those of a pipe come in one place, since hours of
 * samples in pieces of their own would be gigabytes for the garbage collector.
 */
export function standardInput(): AsyncIterable<Uint8Array> & { isTTY?: boolean; destroy?(): unknown } {
  const kind = fstatSync(0);
  return kind.isFIFO() || kind.isSocket() ? { [Symbol.asyncIterator]: () => piecesOf(0) } : process.stdin;
}

async function* piecesOf(fd: number): AsyncGenerator<Uint8Array, undefined, undefined> {
  const buffer = new Uint8Array(PIPE_BYTES);
  let wake: (length: number) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const socket = new Socket({
    ...{ fd, readable: true, writable: false },
    onread: {
      buffer,
      callback(length) {
        wake(length);
        // The next one would be written over this one: it waits until it is asked for.
        return false;
      },
    },
  });
  socket.on('end', () => wake(0));
  socket.on('error', (error) => fail(error));
  try {
    for (;;) {
      const length = await new Promise<number>((resolve, reject) => {
        [wake, fail] = [resolve, reject];
        socket.resume();
      });
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  } finally {
    socket.destroy();
  }
}
