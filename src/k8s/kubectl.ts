import { spawn } from 'node:child_process';
import { HeadroomError } from '../errors.ts';
import { onPath } from '../k6/cache.ts';

export interface KubectlOptions {
  env: Readonly<Record<string, string | undefined>>;
  namespace: string;
  /** Of the kubeconfig; its current one when null. */
  context: string | null;
}

export interface KubectlCall {
  /** Of `exec`: what runs in the pod. */
  command?: readonly string[];
  /** Goes to its standard input. */
  input?: string;
  /** Ends it. */
  signal?: AbortSignal;
  timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;
const LONGEST_COMPLAINT = 400;

/** The cluster's command line. */
export class Kubectl {
  readonly #program: string;
  readonly #options: KubectlOptions;

  /** @throws HeadroomError KUBECTL_FAILED when there is none on the PATH */
  constructor(options: KubectlOptions) {
    const program = onPath('kubectl', options.env)[0];
    if (program === undefined) {
      throw new HeadroomError(
        'KUBECTL_FAILED',
        'There is no kubectl on the PATH.',
        'Install it and point it at your cluster, or apply the files of headroom k8s render by other means.',
      );
    }
    this.#program = program;
    this.#options = options;
  }

  /** Flags that say which cluster and namespace. */
  get place(): string[] {
    const { namespace, context } = this.#options;
    return ['--namespace', namespace, ...(context === null ? [] : ['--context', context])];
  }

  /**
   * Runs it.
   *
   * @returns what it printed on standard output
   * @throws HeadroomError KUBECTL_FAILED with its own words
   */
  async run(
    args: readonly string[],
    { input = '', signal, timeoutMs = TIMEOUT_MS, command }: KubectlCall = {},
  ): Promise<string> {
    // A group of its own: a Ctrl-C at the terminal reaches us alone, and we end it when that is due.
    const child = spawn(this.#program, [...args, ...this.place, ...(command === undefined ? [] : ['--', ...command])], {
      env: { ...this.#options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    let timedOut = false;
    const end = (): unknown => child.kill('SIGTERM');
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, timeoutMs);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted) end();
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    // One that ends early does not read on.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    }).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    });
    if (code === 0) return stdout;
    const complaint = stderr.trim().slice(0, LONGEST_COMPLAINT) || `it ended with exit code ${code ?? 'none'}`;
    throw new HeadroomError(
      'KUBECTL_FAILED',
      `kubectl ${args[0]} failed: ${timedOut ? `no end after ${timeoutMs / 1000} s` : complaint.replace(/\.$/, '')}.`,
      remedyFor(complaint),
    );
  }
}

function remedyFor(complaint: string): string {
  if (/no matches for kind "TestRun"|resource mapping not found.*k6\.io/s.test(complaint)) {
    return 'Install k6-operator in the cluster first: it is what runs a TestRun.';
  }
  if (/forbidden/i.test(complaint)) return 'Apply the rbac.yaml of headroom k8s render, or ask for these rights.';
  if (/namespaces? "[^"]*" not found/.test(complaint))
    return 'Make the namespace first, or name another with --namespace.';
  return 'Check that kubectl reaches the cluster: kubectl get pods.';
}
