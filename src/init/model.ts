/** What a document, a recording or a log says of a service; `render` makes files of it. */
export interface ServiceModel {
  /** Name of the service, or of the document, for people. */
  title: string;
  /** Where the document says that the service is; null where it does not. */
  target: string | null;
  endpoints: ModelEndpoint[];
  journeys: ModelJourney[];
  pools: ModelPool[];
  auth: ModelAuth | null;
  /** What is defined but not called, or not even defined, and why. */
  leftOut: { name: string; why: string }[];
}

export interface ModelEndpoint {
  /** An identifier. */
  key: string;
  method: string;
  /** Parameters are identifiers in braces. */
  path: string;
  /** One line for people; may hold anything. */
  about: string;
  query?: string | Record<string, unknown>;
  headers?: Record<string, string>;
  /** A value for JSON, or a text; there is none where it is undefined. */
  body?: unknown;
  /** All from 200 to 299 without it. */
  expect?: number[];
  /** Takes a field of each entry of a list out of the answer. */
  extract?: { variable: string; path: string; field: string };
  /** It needs no authentication though the others do. */
  open?: true;
}

/** What a parameter of a path is filled with. */
export type ParameterSource = { constant: string } | { variable: string } | { pool: string };

export interface ModelStep {
  endpoint: string;
  parameters: Record<string, ParameterSource>;
  /** Pool of query strings to pick from. */
  queryPool?: string;
  query?: string;
  body?: unknown;
  /** Mean time before the next step, seconds. */
  thinkSeconds: number;
  /** One of what the endpoint extracts, for the steps within; these are left out where nothing was extracted. */
  picked?: { variable: string; from: string; steps: ModelStep[] };
}

export interface ModelJourney {
  /** An identifier. */
  key: string;
  about: string;
  weight: number;
  steps: ModelStep[];
  /** Whether a visitor takes one of the steps, by these weights, in place of all. */
  weights?: number[];
}

/** Lines of a file that virtual users share. */
export interface ModelPool {
  /** An identifier, and the name of the file. */
  key: string;
  lines: string[];
}

export type ModelAuth =
  | { kind: 'bearer'; variable: string }
  | { kind: 'basic'; userVariable: string; passwordVariable: string }
  | { kind: 'apiKey'; header: string; variable: string }
  | { kind: 'cookie'; name: string; variable: string }
  | { kind: 'oauth2'; tokenUrl: string; scope: string };

/** How a model is made, whatever of. */
export interface ModelChoices {
  /** Whether journeys also send what may change something. */
  includeUnsafe: boolean;
  /** Where the load goes, when it was said. */
  target: URL | null;
}

/** Methods that the library sends. */
export const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** Between two requests, where nothing says how long people think. */
export const THINK_SECONDS = 1;
/** Why a request that may change something is not sent. */
export const UNSAFE = 'it may change something: --include-unsafe, or call it in a journey of yours';

/** Endpoints that are called whenever their journey is walked, by key. */
export function surelyCalled(model: ServiceModel): Set<string> {
  return new Set(
    model.journeys.flatMap(({ steps, weights }) =>
      weights === undefined ? steps.map(({ endpoint }) => endpoint) : [],
    ),
  );
}

/** All steps, those within others too. */
export function* allSteps(steps: readonly ModelStep[]): Generator<ModelStep> {
  for (const step of steps) {
    yield step;
    if (step.picked !== undefined) yield* allSteps(step.picked.steps);
  }
}
