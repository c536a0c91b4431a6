/** What of a request decides whether it is answered. */
export interface Asked {
  method: string | undefined;
  host: string | undefined;
  origin: string | undefined;
  /** Fetch metadata (W3C): `same-origin`, `none` for an address that was typed, `cross-site` for another page. */
  site: string | undefined;
  /** `navigate` for a page that is opened. */
  mode: string | undefined;
}

/**
 * Why a request is refused, or null. A page of the internet whose name leads to this machine (DNS rebinding) sends its own
 * name as host; one that asks from elsewhere sends its own origin.
 */
export function refusal(
  { method, host, origin, site, mode }: Asked,
  port: number,
): { status: number; why: string } | null {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, why: 'Only GET is answered.' };
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`);
  if (host === undefined || !hosts.includes(host.toLowerCase())) {
    return { status: 403, why: `Only requests for ${hosts[0]} are answered.` };
  }
  if (origin !== undefined && origin !== `http://${host.toLowerCase()}`) {
    return { status: 403, why: 'Requests from other pages are not answered.' };
  }
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && mode !== 'navigate') {
    return { status: 403, why: 'Requests from other pages are not answered.' };
  }
  return null;
}
