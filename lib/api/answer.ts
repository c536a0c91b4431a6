import type { RefinedResponse, ResponseType } from 'k6/http';

/**
 * What came back for a request.
 *
 * @example
 * const api = defineEndpoints({
 *   showPet: { path: '/pets/{petId}', checks: { 'is quick': (answer) => answer.milliseconds < 500 } },
 * });
 */
export class Answer {
  readonly #response: RefinedResponse<ResponseType | undefined>;

  constructor(response: RefinedResponse<ResponseType | undefined>) {
    this.#response = response;
  }

  /** HTTP status; 0 where no answer came, as after a time-out. */
  get status(): number {
    return this.#response.status;
  }

  /** Time from sending to the last byte, milliseconds. */
  get milliseconds(): number {
    return this.#response.timings.duration;
  }

  /** The body as text; empty where there is none, or where the endpoint neither checks nor extracts anything. */
  get body(): string {
    return typeof this.#response.body === 'string' ? this.#response.body : '';
  }

  /**
   * The body as JSON, or the part of it at a path such as `items.0.id`, `items.#.id` (GJSON, as k6 has it).
   *
   * @returns undefined where the body is no JSON, or has nothing there
   */
  json(path?: string): unknown {
    try {
      // k6 takes an undefined path for one that is called so.
      return path === undefined ? this.#response.json() : this.#response.json(path);
    } catch {
      return undefined;
    }
  }

  /** A header of the answer, whatever its case; undefined where it has none. */
  header(name: string): string | undefined {
    const wanted = name.toLowerCase();
    const found = Object.keys(this.#response.headers).find((each) => each.toLowerCase() === wanted);
    return found === undefined ? undefined : this.#response.headers[found];
  }

  /** Cookies that the answer sets: `name=value; other=value`; empty where there are none. */
  get cookies(): string {
    return Object.values(this.#response.cookies)
      .flatMap((each) => each.slice(-1))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  /** What went wrong before an answer came, in k6's words; empty where one came. */
  get error(): string {
    return this.#response.error;
  }
}
