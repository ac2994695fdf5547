/** Why a login to a POP3 server did not work, and what to do about it; the codes are stable. */
import { cleanForDisplay } from '#base/display-text.js';
import { errorText, PhaserLinkError } from '#base/errors.js';
import type { LoginMethod } from '#vocab/login-methods.js';
import { type Pop3Reply, responseCodes } from '#wire/pop3.js';
import type { Capabilities } from '#wire/pop3-capabilities.js';
import { methodFacts } from './choose-login.js';
import { signInAgain } from './oauth/oauth-errors.js';
import { isTemporaryReply, quote } from './pop3-errors.js';

export interface RefusalFacts {
  method: LoginMethod;
  /** What the server said in the dialogue before it refused. */
  complaint: string | null;
  encrypted: boolean;
  capabilities: Capabilities | null;
}

/** The code of a refusal that another access token may mend. */
export const tokenRefused = 'pop3-token-refused';
const maxComplaintLength = 200;
const tokenMechanisms = ['XOAUTH2', 'OAUTHBEARER'];

export const loginErrors = {
  impossible: (server: string, problem: string) =>
    new PhaserLinkError({
      code: 'pop3-login-impossible',
      retry: 'permanent',
      text: `there is no way to log in to the mail server ${server}: ${problem}`,
    }),

  dialogueFailed: (server: string, title: string, cause: unknown) =>
    new PhaserLinkError({
      code: 'pop3-login-failed',
      retry: 'permanent',
      text: `the mail server ${server} cannot be logged in to by ${title}: ${errorText(cause)}; another way can be set in mailbox.auth`,
      cause,
    }),

  unproven: (server: string, title: string) =>
    new PhaserLinkError({
      code: 'pop3-login-failed',
      retry: 'permanent',
      text: `the mail server ${server} lets us in by ${title} without having proved who it is; somebody may pose as it, check mailbox.host and mailbox.security`,
    }),
};

/** RFC 2449 §8.1, RFC 3206 §4: another way to log in would be refused, too. */
export function blamesTheSystem({ code }: Pop3Reply): boolean {
  const { inUse, loginDelay, systemTemporary, systemPermanent } = responseCodes;
  return code === inUse || code === loginDelay || code === systemTemporary || code === systemPermanent;
}

export function loginRefusal(server: string, reply: Pop3Reply, facts: RefusalFacts): PhaserLinkError {
  if (reply.code === responseCodes.inUse) {
    return new PhaserLinkError({
      code: 'pop3-in-use',
      retry: 'temporary',
      text: `another program has the mailbox on ${server} open: ${quote(reply)}; it is tried again, nothing else should fetch this mailbox`,
    });
  }
  if (reply.code === responseCodes.loginDelay) return tooEarly(server, reply, facts);
  if (blamesTheSystem(reply)) {
    const [retry, advice] = isTemporaryReply(reply)
      ? (['temporary', 'it is tried again'] as const)
      : (['permanent', 'ask its administrator'] as const);
    return new PhaserLinkError({
      code: 'pop3-server-trouble',
      retry,
      text: `the mail server ${server} is in trouble and takes no login: ${quote(reply)}; ${advice}`,
    });
  }
  const { title, shows } = methodFacts[facts.method];
  const complaint =
    facts.complaint === null ? '' : ` (${cleanForDisplay(facts.complaint, maxComplaintLength)})`;
  // RFC 3206 §4: a server with this capability would have said so if it were the credentials.
  const credentials = reply.code !== null || facts.capabilities?.authResponseCode !== true;
  return new PhaserLinkError({
    code: shows === 'token' ? tokenRefused : 'pop3-login-refused',
    retry: credentials ? 'permanent' : 'temporary',
    text: `the mail server ${server} refused the login by ${title}: ${quote(reply)}${complaint}; ${advise(facts)}`,
  });
}

/** RFC 2449 §6.5. */
function tooEarly(server: string, reply: Pop3Reply, { capabilities }: RefusalFacts): PhaserLinkError {
  const seconds = capabilities?.loginDelaySeconds ?? null;
  const least = seconds === null ? '' : ` to at least ${seconds}`;
  return new PhaserLinkError({
    code: 'pop3-login-delay',
    retry: 'temporary',
    text: `the mail server ${server} wants more time between logins: ${quote(reply)}; raise mailbox.pollIntervalSeconds${least}`,
  });
}

function advise({ method, encrypted, capabilities }: RefusalFacts): string {
  const { title, shows } = methodFacts[method];
  if (shows === 'token') {
    return `check that mailbox.user is the account that signed in (or a mailbox that it may open), and that its provider lets it use POP3; then ${signInAgain}`;
  }
  const tokens = tokenMechanisms.filter((name) => capabilities?.sasl.includes(name));
  return [
    'check mailbox.user and mailbox.password',
    ...(tokens.length > 0
      ? [
          `if the provider has switched passwords off, log in by OAuth 2, which it offers (${tokens.join(', ')}; mailbox.oauth, docs/oauth.md), or with an app password`,
        ]
      : []),
    ...(shows === 'proof' && !encrypted
      ? [
          `if they are right, the server may have no ${title} for this user: use TLS (mailbox.security), or set mailbox.auth to user-pass, which shows the password to the network`,
        ]
      : []),
  ].join('; ');
}
