/** A mistake in a scenario, found before any load was sent. */
export interface Finding {
  /** Absolute path. */
  file: string;
  /** From 1; null where only the file is known. */
  line: number | null;
  /** One sentence. */
  message: string;
  /** What found it: the bundler, k6, the objectives, or the TypeScript compiler. */
  by: 'bundle' | 'k6' | 'objectives' | 'types';
}

/** One sentence with its full stop. */
export function sentence(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

/** What is told worse than its cause: k6 stumbling over a wrong type, and what is of no known type because of another mistake. */
const consequence = ({ by, message }: Finding): number =>
  by === 'k6' ? 2 : /\b[Tt]ype 'unknown'/.test(message) ? 1 : 0;

/** Findings of one line are one finding: the first that is no consequence of another, as it is told in plainer words. */
export function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return [...findings]
    .sort((a, b) => consequence(a) - consequence(b))
    .filter(({ file, line, message }) => {
      const place = line === null ? `${file} ${message}` : `${file}:${line}`;
      return !seen.has(place) && seen.add(place);
    })
    .sort((a, b) => (a.file === b.file ? (a.line ?? 0) - (b.line ?? 0) : a.file < b.file ? -1 : 1));
}
