/** The stretch that is shown, in seconds since the run began; null for the whole run. */
export type View = readonly [from: number, until: number] | null;

/** What a link to the page says of its view; null where it says nothing. */
export interface Address {
  endpoint: string | null;
  view: View;
  logarithmic: boolean | null;
  compared: boolean | null;
}

/** Reads a fragment such as `#endpoint=search&from=10&until=40`; null for one that is the name of a section. */
export function parseAddress(fragment: string): Address | null {
  if (!fragment.includes('=')) return null;
  const fields = new URLSearchParams(fragment.replace(/^#/, ''));
  const number = (name: string): number => Number.parseFloat(fields.get(name) ?? '');
  const [from, until] = [number('from'), number('until')];
  const flag = (name: string): boolean | null => (fields.has(name) ? fields.get(name) === '1' : null);
  return {
    endpoint: fields.get('endpoint'),
    view: from >= 0 && until > from && Number.isFinite(until) ? [from, until] : null,
    logarithmic: flag('log'),
    compared: flag('compare'),
  };
}

export function addressText({ endpoint, view, logarithmic, compared }: Address): string {
  const fields = new URLSearchParams();
  if (endpoint !== null) fields.set('endpoint', endpoint);
  if (view !== null) {
    fields.set('from', String(Math.round(view[0] * 10) / 10));
    fields.set('until', String(Math.round(view[1] * 10) / 10));
  }
  if (logarithmic !== null) fields.set('log', logarithmic ? '1' : '0');
  if (compared !== null) fields.set('compare', compared ? '1' : '0');
  return `#${fields}`;
}
