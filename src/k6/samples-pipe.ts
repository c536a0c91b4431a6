import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** As much as is read at once. */
const PIECE_BYTES = 65_536;

/** The two ends of what k6's samples go through. */
export interface SamplesPipe {
  /** To be handed to k6, and to be destroyed as soon as k6 has it: the stream ends when k6 does. */
  end: Socket;
  /** Settles when k6 has closed its end and everything has been handed over. */
  drained: Promise<void>;
}

/**
 * A pair of sockets for k6's samples. The pipe that Node makes for a child's output reads each piece into memory of its own:
 * hours of samples are gigabytes of it, in sizes that leave holes, and a process that grows by them. A socket may read into one
 * place.
 *
 * @param onData takes what was read; it is overwritten by what is read next
 * @returns null where the system has no such sockets, or none that a child can be given: a pipe is right there
 */
export async function samplesPipe(onData: (piece: Buffer) => void): Promise<SamplesPipe | null> {
  if (process.platform === 'win32') return null;
  const server = createServer({ pauseOnConnect: true });
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(tmpdir(), 'headroom-k6-'));
    const path = join(folder, 'k6');
    await listening(server, path);
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
    const reader = connect({
      path,
      onread: {
        buffer,
        callback(length) {
          onData(buffer.subarray(0, length));
          return true;
        },
      },
    });
    await new Promise((resolve, reject) => {
      reader.once('connect', resolve);
      reader.once('error', reject);
    });
    const drained = new Promise<void>((resolve) => reader.once('close', () => resolve()));
    return { end: await accepted, drained };
  } catch {
    return null;
  } finally {
    server.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

function listening(server: Server, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve(undefined));
  });
}
