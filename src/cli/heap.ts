/**
 * Commands that collect samples, for hours maybe. What they leave behind each second is small and dies at once, but V8 lets the
 * place for new objects grow to a hundred megabytes and more before it looks.
 */
const COLLECTS: ReadonlySet<string> = new Set(['run', 'soak', 'resume', 'replay', 'ab', 'capacity', 'matrix']);
/** Of the place for new objects, per half, in MiB: enough that hardly anything of a second is kept for longer than it lives. */
const SEMI_SPACE = '--max-semi-space-size=8';

/**
 * Starts this process over with a bounded place for new objects, which can be asked for at the start of Node only; it keeps its id,
 * its streams and its environment. A process that was told how to use its memory, is looked at by a debugger, or whose
 * platform or Node cannot do it, goes on as it is.
 *
 * @param command that will run, the first argument
 */
export function boundHeap(command: string | undefined): void {
  const { execArgv, env, platform } = process;
  const told = [...execArgv, ...(env.NODE_OPTIONS ?? '').split(' ')].some((option) =>
    /^--(?:max-semi-space-size|max-old-space-size|inspect|heap|cpu)/.test(option.replaceAll('_', '-')),
  );
  if (told || platform === 'win32' || process.connected || process.execve === undefined) return;
  if (command === undefined || !COLLECTS.has(command)) return;
  try {
    process.execve(process.execPath, [process.execPath, SEMI_SPACE, ...execArgv, ...process.argv.slice(1)], env);
  } catch {
    // Where the system refuses it, memory is all that differs.
  }
}
