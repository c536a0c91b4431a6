#!/usr/bin/env node
import { boundHeap } from './heap.ts';

boundHeap(process.argv[2]);
// Loaded now: a process that starts over would have loaded it for nothing.
const [{ run }, { processIo }] = await Promise.all([import('./main.ts'), import('./process-io.ts')]);
process.exitCode = await run(process.argv.slice(2), processIo());
