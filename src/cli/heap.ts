/**
 * Commands that collect samples, for hours maybe. What they leave behind each second is small and dies at once, but V8 lets the
 * place for new objects grow to a hundred megabytes and more before it looks.
 */
const COLLECTS: ReadonlySet<string> = new Set(['run', 'soak', 'resume', 'replay', 'ab', 'capacity', 'matrix']);
/** Of the place for new objects, per half, in MiB: enough that hardly anything of a second is kept for longer than it lives. */
const SEMI_SPACE = '--max-semi-space-size=8';
/**
 * The C library gives memory back once it is free: pieces from the first size on one by one, and of what lies at its end all but so
 * much. By itself it would learn from the first large piece that is freed to keep those of up to 32 MiB, in a place that has holes
 * and never becomes smaller, and would cut large pieces that live shortly from an end with room for them, between small ones that
 * live on. In bytes. Other C libraries do not know it. Source: The GNU C Library manual, "Memory Allocation Tunables".
 */
const GIVES_BACK = 'glibc.malloc.mmap_threshold=32768:glibc.malloc.trim_threshold=32768:glibc.malloc.top_pad=0';
/** Lets this process ask for its garbage to be collected. */
const ON_REQUEST = '--expose-gc';
/**
 * How often that is done, in milliseconds. Of what was kept a little too long V8 lets some ten megabytes gather before it looks
 * again, for hours where little is left each second; that is never more than a minute's so.
 */
const COLLECT_EVERY_MS = 60_000;

/**
 * Starts this process over with bounded memory, which can be asked for at its start only; it keeps its id, its streams and its
 * environment. A process that was told how to use its memory, is looked at by a debugger, or whose platform or Node cannot do
 * it, goes on as it is.
 *
 * @param command that will run, the first argument
 */
export function boundHeap(command: string | undefined): void {
  const { execArgv, env, platform } = process;
  const told = [...execArgv, ...(env.NODE_OPTIONS ?? '').split(' ')].some((option) =>
    /^--(?:max-semi-space-size|max-old-space-size|inspect|heap|cpu)/.test(option.replaceAll('_', '-')),
  );
  if (execArgv.includes(SEMI_SPACE)) {
    hideTunable();
    setInterval(() => globalThis.gc?.(), COLLECT_EVERY_MS).unref();
  }
  if (told || platform === 'win32' || process.connected || process.execve === undefined) return;
  if (command === undefined || !COLLECTS.has(command)) return;
  try {
    const args = [process.execPath, SEMI_SPACE, ON_REQUEST, ...execArgv, ...process.argv.slice(1)];
    process.execve(process.execPath, args, withTunable(env));
  } catch {
    // Where the system refuses it, memory is all that differs.
  }
}

/** What the environment says already comes later, and wins. */
function withTunable(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, GLIBC_TUNABLES: [GIVES_BACK, ...(env.GLIBC_TUNABLES ? [env.GLIBC_TUNABLES] : [])].join(':') };
}

/** It is for this process, which has read it, and not for the app or the k6 that it starts. */
function hideTunable(): void {
  const tunables = process.env.GLIBC_TUNABLES;
  if (tunables?.startsWith(GIVES_BACK) !== true) return;
  const others = tunables.slice(GIVES_BACK.length + 1);
  if (others !== '') process.env.GLIBC_TUNABLES = others;
  else delete process.env.GLIBC_TUNABLES;
}
