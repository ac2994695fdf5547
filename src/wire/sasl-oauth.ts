/** The SASL mechanisms that show an access token of OAuth 2.0: OAUTHBEARER (RFC 7628) and its forerunner XOAUTH2. */
import { noFurtherTurn, type SaslLogin, type SaslTurn, withoutSeparator } from './sasl.js';

const separator = '\x01';
const maxComplaintLength = 200;

export function oauthBearer({ user, secret, host, port }: SaslLogin): SaslTurn {
  // RFC 5801 §4: a name in the header has no bare "," and "=".
  const name = user.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const pairs = [`n,a=${name},`, `host=${host}`, `port=${port}`, `auth=Bearer ${secret}`];
  // RFC 7628 §3.2.3: the client has nothing to say to an error and says a single separator.
  return showToken(pairs, Buffer.from(separator));
}

/** As Google and Microsoft document it; the answer to an error is empty. */
export function xoauth2({ user, secret }: SaslLogin): SaslTurn {
  return showToken([`user=${user}`, `auth=Bearer ${secret}`], Buffer.alloc(0));
}

function showToken(pairs: string[], answerToError: Buffer): SaslTurn {
  const checked = pairs.map((pair) => withoutSeparator('the name or the access token', pair, separator));
  return {
    response: Buffer.from(`${checked.join(separator)}${separator}${separator}`),
    complete: true,
    // Whatever comes before the end is an error.
    next: async (challenge) => ({
      response: answerToError,
      complete: false,
      complaint: describeError(challenge.toString()),
      next: noFurtherTurn,
    }),
  };
}

/** RFC 7628 §3.2.2: an object of JSON with a status and the scope that a token needs. */
function describeError(json: string): string {
  let error: unknown;
  try {
    error = JSON.parse(json);
  } catch {
    return json.slice(0, maxComplaintLength);
  }
  const field = (name: string) => {
    const value = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const scope = field('scope');
  const words = [field('status') || 'no status', ...(scope === '' ? [] : [`it wants the scope ${scope}`])];
  return words.join('; ').slice(0, maxComplaintLength);
}
