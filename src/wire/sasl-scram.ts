/** SCRAM-SHA-256 (RFC 5802, RFC 7677): both sides prove that they know the password, and neither shows it. */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { noFurtherTurn, type SaslLogin, type SaslTurn, saslError } from './sasl.js';
import { saslPrepare } from './saslprep.js';

/** RFC 7677 §4. Fewer would make the password cheap to guess for whoever poses as the server. */
export const minIterations = 4096;
/** Half a second of work; a server that asks for more means no good. */
export const maxIterations = 1_000_000;

const digestName = 'sha256';
const digestLength = 32;
/** RFC 5802 §7: "no channel binding, and I do not know whether you have one", and the same in base64. */
const bindingHeader = 'n,,';
const encodedBindingHeader = Buffer.from(bindingHeader).toString('base64');

const deriveKey = promisify(pbkdf2);
/** RFC 5802 §7, server-first-message. One that begins with `m=` has an extension that must be understood. */
const serverFirst = /^r=([!-+\--~]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9]\d{0,9})(?:,.*)?$/s;

export function scramSha256({ user, secret, nonce }: SaslLogin): SaslTurn {
  const name = saslPrepare('the name', user).replaceAll('=', '=3D').replaceAll(',', '=2C');
  const password = saslPrepare('the password', secret);
  const clientFirst = `n=${name},r=${nonce}`;
  return {
    response: Buffer.from(bindingHeader + clientFirst),
    complete: false,
    next: (challenge) => prove(password, nonce, clientFirst, challenge.toString()),
  };
}

async function prove(
  password: string,
  nonce: string,
  clientFirst: string,
  challenge: string,
): Promise<SaslTurn> {
  const [, fullNonce = '', salt = '', count = ''] = serverFirst.exec(challenge) ?? [];
  if (!fullNonce.startsWith(nonce) || fullNonce === nonce) {
    throw saslError('it does not answer as a server with SCRAM does');
  }
  const iterations = Number(count);
  if (iterations < minIterations || iterations > maxIterations) {
    throw saslError(
      `it wants ${count} rounds of SCRAM, not between ${minIterations} and ${maxIterations}; change that on the server`,
    );
  }
  // RFC 5802 §3, with the names that it uses.
  const saltBytes = Buffer.from(salt, 'base64');
  const saltedPassword = await deriveKey(password, saltBytes, iterations, digestLength, digestName);
  const clientKey = hmac(saltedPassword, 'Client Key');
  const storedKey = createHash(digestName).update(clientKey).digest();
  const withoutProof = `c=${encodedBindingHeader},r=${fullNonce}`;
  const authMessage = `${clientFirst},${challenge},${withoutProof}`;
  const clientSignature = hmac(storedKey, authMessage);
  const proof = Buffer.from(clientKey.map((octet, index) => octet ^ (clientSignature[index] ?? 0)));
  const serverSignature = hmac(hmac(saltedPassword, 'Server Key'), authMessage);
  return {
    response: Buffer.from(`${withoutProof},p=${proof.toString('base64')}`),
    complete: false,
    next: async (final) => verify(serverSignature, final.toString()),
  };
}

/** RFC 5802 §7, server-final-message: the server's proof, or its error. */
function verify(expected: Buffer, message: string): SaslTurn {
  const [, kind, value = ''] = /^([ve])=([^,]*)/.exec(message) ?? [];
  const answer = { response: Buffer.alloc(0), next: noFurtherTurn };
  if (kind === 'e') return { ...answer, complete: false, complaint: value };
  const signature = Buffer.from(value, 'base64');
  if (kind !== 'v' || signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
    throw saslError('it does not prove that it knows the password');
  }
  return { ...answer, complete: true };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac(digestName, key).update(text).digest();
}
