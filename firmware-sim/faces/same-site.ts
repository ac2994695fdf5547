/** Who may speak to a page that listens on this machine only: nobody whom another web page sends. Pure. */
import { isIP } from 'node:net';

export interface RequestHead {
  method: string;
  host: string | undefined;
  origin: string | undefined;
  /** Sec-Fetch-Site, where the browser says it. */
  site: string | undefined;
}

/** Why the request is refused, or null. `names` are host names by which the printer may be called besides its addresses. */
export function refusal(
  { method, host, origin, site }: RequestHead,
  names: readonly string[],
): string | null {
  const name = hostName(host);
  // DNS rebinding: a name of somebody else's that points here. An address cannot be pointed anywhere.
  if (name === null || !(isIP(name) !== 0 || name === 'localhost' || names.includes(name)))
    return `"${host ?? ''}" is not a name of this printer; use its address, or add the name to panel.names`;
  if (method === 'GET' || method === 'HEAD') return null;
  // Requests that another page sends carry its origin; programs other than browsers send none.
  if (origin !== undefined && origin !== `http://${host}`) return `requests from ${origin} are refused`;
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return 'requests from other web pages are refused';
  return null;
}

/** Without its port, and without the brackets around an IPv6 address. */
function hostName(host: string | undefined): string | null {
  const [, v6, name] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(host ?? '') ?? [];
  return (v6 ?? name)?.toLowerCase() ?? null;
}
