/** The SASL mechanisms that show the password, or a digest of it: PLAIN (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195). */
import { createHmac } from 'node:crypto';
import { noFurtherTurn, type SaslLogin, type SaslTurn, withoutSeparator } from './sasl.js';

export function plain({ user, secret }: SaslLogin): SaslTurn {
  // RFC 4616 §2: nobody but oneself to act for, the name, the password.
  const parts = [
    '',
    withoutSeparator('the name', user, '\0'),
    withoutSeparator('the password', secret, '\0'),
  ];
  return { response: Buffer.from(parts.join('\0')), complete: true, next: noFurtherTurn };
}

/** draft-murchison-sasl-login: what the server asks is not looked at, servers word it as they like. */
export function login({ user, secret }: SaslLogin): SaslTurn {
  const password: SaslTurn = { response: Buffer.from(secret), complete: true, next: noFurtherTurn };
  const name: SaslTurn = { response: Buffer.from(user), complete: false, next: async () => password };
  return { response: null, complete: false, next: async () => name };
}

export function cramMd5({ user, secret }: SaslLogin): SaslTurn {
  return {
    response: null,
    complete: false,
    async next(challenge) {
      const digest = createHmac('md5', secret).update(challenge).digest('hex');
      return { response: Buffer.from(`${user} ${digest}`), complete: true, next: noFurtherTurn };
    },
  };
}
