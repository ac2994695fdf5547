/** Which ways of logging in to a mailbox are tried, and in which order; decides only. */
import type { LoginMethod } from '#vocab/login-methods.js';
import type { Capabilities } from '#wire/pop3-capabilities.js';
import type { SaslMechanism } from '#wire/sasl.js';
import { oauthBearer, xoauth2 } from '#wire/sasl-oauth.js';
import { cramMd5, login, plain } from '#wire/sasl-password.js';
import { scramSha256 } from '#wire/sasl-scram.js';

interface MethodFacts {
  /** The standard's name. */
  title: string;
  /** What the server, and on an unencrypted connection everybody, gets to see. */
  shows: 'proof' | 'password' | 'token';
  /** Null for what is no SASL. */
  sasl: SaslMechanism | null;
}

/** In the order of `loginMethods`, the best first. */
export const methodFacts: Readonly<Record<LoginMethod, MethodFacts>> = {
  'scram-sha-256': { title: 'SCRAM-SHA-256', shows: 'proof', sasl: scramSha256 },
  'cram-md5': { title: 'CRAM-MD5', shows: 'proof', sasl: cramMd5 },
  apop: { title: 'APOP', shows: 'proof', sasl: null },
  plain: { title: 'PLAIN', shows: 'password', sasl: plain },
  login: { title: 'LOGIN', shows: 'password', sasl: login },
  'user-pass': { title: 'USER/PASS', shows: 'password', sasl: null },
  oauthbearer: { title: 'OAUTHBEARER', shows: 'token', sasl: oauthBearer },
  xoauth2: { title: 'XOAUTH2', shows: 'token', sasl: xoauth2 },
};

export interface LoginFacts {
  /** The setting. */
  auth: LoginMethod | 'auto';
  secret: 'password' | 'token';
  encrypted: boolean;
  /** Null from a server without CAPA. */
  capabilities: Capabilities | null;
  /** Whether the greeting has a timestamp for APOP. */
  hasTimestamp: boolean;
  /** What has worked before. */
  worked: LoginMethod | null;
}

/** To be tried one after the other until one is not refused; or, in words, why there is none to try. */
export type LoginChoice = { methods: LoginMethod[] } | { problem: string };

export function chooseLogin(facts: LoginFacts): LoginChoice {
  return facts.auth === 'auto' ? chooseBest(facts) : obey(facts.auth, facts);
}

/** What is set is done, whatever the server says of itself; it will answer. */
function obey(method: LoginMethod, { secret, hasTimestamp }: LoginFacts): LoginChoice {
  const { title, shows } = methodFacts[method];
  if ((shows === 'token') !== (secret === 'token')) {
    const [needed, given] = secret === 'token' ? ['a password', 'OAuth 2'] : ['OAuth 2', 'a password'];
    return { problem: `${title} needs ${needed}, and the settings give ${given}; change mailbox.auth` };
  }
  if (method === 'apop' && !hasTimestamp) {
    return { problem: 'it has no APOP: there is no timestamp in its greeting; change mailbox.auth' };
  }
  return { methods: [method] };
}

function chooseBest(facts: LoginFacts): LoginChoice {
  if (facts.secret === 'token') return chooseToken(facts);
  const [proof] = offered('proof', facts);
  // As servers without CAPA are spoken to; the last resort with all others.
  const password = offered('password', facts)[0] ?? 'user-pass';
  if (proof === undefined) return { methods: [password] };
  // A server may offer a proof and have for this user only what a password can be compared with. Unencrypted, that is no
  // reason to show the password: whoever sits in between would only have to refuse the proof.
  if (!facts.encrypted) return { methods: [proof] };
  return { methods: facts.worked === password ? [password, proof] : [proof, password] };
}

function chooseToken(facts: LoginFacts): LoginChoice {
  // RFC 6750 §5.3: whoever sees the token has the mailbox.
  if (!facts.encrypted) {
    return { problem: 'an access token is not sent over an unencrypted connection; change mailbox.security' };
  }
  const [best] = offered('token', facts);
  if (best !== undefined) return { methods: [best] };
  const sasl = facts.capabilities?.sasl.join(', ') || 'none';
  return { problem: `it offers no login by OAuth 2 (its SASL mechanisms: ${sasl}); check mailbox.host` };
}

/** The best first. */
function offered(shows: MethodFacts['shows'], facts: LoginFacts): LoginMethod[] {
  const methods = Object.keys(methodFacts) as LoginMethod[];
  return methods.filter((method) => methodFacts[method].shows === shows && isOffered(method, facts));
}

function isOffered(method: LoginMethod, { capabilities, hasTimestamp }: LoginFacts): boolean {
  if (method === 'apop') return hasTimestamp;
  if (method === 'user-pass') return capabilities === null || capabilities.user;
  return capabilities?.sasl.includes(methodFacts[method].title) ?? false;
}
