/** A route with placeholders: `/sitters/{id}`. */
export interface Routed {
  /** Method and route: what an endpoint is called. */
  name: string;
  method: string;
  route: string;
  /** What stood in the placeholders, with slashes between; null where there are none, or nobody knows. */
  values: string | null;
}

interface Node {
  readonly children: Map<string, Node>;
  count: number;
}

/** So many names may stand in one place of a path before the rare ones are taken for values. */
const MOST_NAMES = 30;
/** A name that so large a share of the requests has is kept, however many there are. */
const COMMON = 0.01;
/** Deeper paths are cut: `/a/b/…/{rest}`. */
const MOST_SEGMENTS = 12;
const GIVEN_ROUTES_KEPT = 10_000;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const STATIC = /\.(?:css|js|mjs|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|eot|otf|mp4|webm|txt|xml|webmanifest)$/i;

/** The placeholder for a part of a path that is a value whatever stands beside it; null for a name. */
export function placeholderOf(segment: string): '{id}' | '{date}' | null {
  if (segment.length === 0) return null;
  if (/^\d{4}-\d\d-\d\d(?:T.*)?$/.test(segment)) return '{date}';
  if (/^\d+$/.test(segment) || UUID.test(segment)) return '{id}';
  if (/^[a-z]+[_-]\d+$/i.test(segment) || segment.includes('@') || /%40/.test(segment)) return '{id}';
  if (segment.length >= 8 && /^[0-9a-f]+$/i.test(segment) && /\d/.test(segment)) return '{id}';
  // Base62 and the like: long, and letters and digits mixed, which words are not.
  return segment.length >= 16 && /^[\w~-]+$/.test(segment) && /\d\D+\d/.test(segment) ? '{id}' : null;
}

export const isStatic = (path: string): boolean => STATIC.test(path);

/** The path of a URL without query and fragment. */
export function withoutQuery(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

/**
 * Finds the route of a path: by the patterns that are given, by the service's own word, or by the look of its parts. Parts
 * that look like ids are, and so are the rare ones in a place where very many names stand: slugs, names of files. How many
 * stand there is learnt from the first requests; what comes later can only add up to the same bound, so the number of
 * routes stays bounded whatever the log holds.
 */
export class Router {
  readonly #patterns: readonly { method: string | null; segments: readonly string[] }[];
  readonly #roots = new Map<string, Node>();
  readonly #given = new Map<string, readonly string[]>();

  /** @param patterns `GET /sitters/{id}`, or `/sitters/:id` for any method */
  constructor(patterns: readonly string[] = []) {
    this.#patterns = patterns.map((pattern) => {
      const [, method, path] = /^(?:([A-Z]+) +)?(\/\S*)$/.exec(pattern.trim()) ?? [];
      return { method: method ?? null, segments: segmentsOf(normalise(path ?? '/')) };
    });
  }

  /** Takes a path into account; to be called for the first requests, before `settle`. */
  learn(method: string, path: string): void {
    let node = this.#rootOf(method);
    node.count++;
    for (const part of cut(path)) {
      node = childOf(node, placeholderOf(part) ?? part);
      node.count++;
    }
  }

  /** Decides which parts are values, from what was learnt. */
  settle(): void {
    for (const root of this.#roots.values()) settle(root);
  }

  /**
   * @param path of the request, without query; null when only the route is known
   * @param given the route as the service names it
   */
  route(method: string, path: string | null, given: string | null): Routed {
    if (path === null) return routed(method, segmentsOf(normalise(given ?? '/')), null);
    const parts = cut(path);
    for (const { method: only, segments } of this.#patterns) {
      if ((only === null || only === method) && fits(segments, parts)) return routed(method, segments, parts);
    }
    if (given !== null) {
      const segments = this.#compile(given);
      if (fits(segments, parts)) return routed(method, segments, parts);
    }
    let node = this.#rootOf(method);
    const segments: string[] = [];
    for (const part of parts) {
      const name = placeholderOf(part) ?? part;
      const known = node.children.has(name);
      const chosen = known || (!node.children.has('{name}') && node.children.size < MOST_NAMES) ? name : '{name}';
      node = childOf(node, chosen);
      segments.push(chosen);
    }
    return routed(method, segments, parts);
  }

  #compile(given: string): readonly string[] {
    const known = this.#given.get(given);
    if (known !== undefined) return known;
    if (this.#given.size >= GIVEN_ROUTES_KEPT) this.#given.clear();
    const segments = segmentsOf(normalise(given));
    this.#given.set(given, segments);
    return segments;
  }

  #rootOf(method: string): Node {
    const known = this.#roots.get(method);
    if (known !== undefined) return known;
    const root: Node = { children: new Map(), count: 0 };
    this.#roots.set(method, root);
    return root;
  }
}

/** A route in one spelling: `:id` and `<id>` become `{id}`. */
const normalise = (route: string): string =>
  route
    .split('/')
    .map((part) => {
      const [, name] = /^(?::(\w+)(?:\(.*\))?|<(?:\w+:)?(\w+)>)$/.exec(part) ?? [];
      const other = /^<(?:\w+:)?(\w+)>$/.exec(part)?.[1];
      return name !== undefined ? `{${name}}` : other !== undefined ? `{${other}}` : part === '*' ? '{rest}' : part;
    })
    .join('/');

export const isPlaceholder = (segment: string): boolean => segment.startsWith('{') && segment.endsWith('}');

function segmentsOf(path: string): string[] {
  return path.split('/').slice(1);
}

function cut(path: string): string[] {
  const parts = segmentsOf(path);
  if (parts.length <= MOST_SEGMENTS) return parts;
  return [...parts.slice(0, MOST_SEGMENTS - 1), parts.slice(MOST_SEGMENTS - 1).join('/')];
}

const fits = (segments: readonly string[], parts: readonly string[]): boolean =>
  segments.length === parts.length &&
  segments.every((segment, i) => (isPlaceholder(segment) ? parts[i] !== '' : segment === parts[i]));

function routed(method: string, segments: readonly string[], parts: readonly string[] | null): Routed {
  const route = `/${segments.join('/')}`;
  const values = parts?.filter((_, i) => isPlaceholder(segments[i] ?? '')) ?? [];
  return { name: `${method} ${route}`, method, route, values: values.length === 0 ? null : values.join('/') };
}

function childOf(node: Node, name: string): Node {
  const known = node.children.get(name);
  if (known !== undefined) return known;
  const child: Node = { children: new Map(), count: 0 };
  // The name is a part of a line, and would keep it whole in memory.
  node.children.set(detached(name), child);
  return child;
}

function settle(node: Node): void {
  if (node.children.size > MOST_NAMES) {
    const rare = [...node.children].filter(
      ([name, child]) => !isPlaceholder(name) && child.count < Math.max(2, COMMON * node.count),
    );
    const values: Node = { children: new Map(), count: 0 };
    for (const [name, child] of rare) {
      node.children.delete(name);
      mergeInto(values, child);
    }
    if (rare.length > 0) node.children.set('{name}', values);
  }
  for (const child of node.children.values()) settle(child);
}

function mergeInto(target: Node, source: Node): void {
  target.count += source.count;
  for (const [name, child] of source.children) {
    const own = target.children.get(name);
    if (own === undefined) target.children.set(name, child);
    else mergeInto(own, child);
  }
}

/** A copy of a text that does not keep the larger one in memory that it was cut from. */
export const detached = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');
