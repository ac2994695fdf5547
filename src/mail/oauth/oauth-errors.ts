/** What can go wrong with an OAuth provider, in words for the administrator that say what to do next; the codes are stable. */
import { cleanForDisplay } from '#base/display-text.js';
import { errorText, PhaserLinkError, type Retry } from '#base/errors.js';
import { type ErrorAnswer, oauthErrorCodes } from '#wire/oauth-answers.js';

const authorize = 'npx phaserlink authorize';
export const signInAgain = `sign in again: ${authorize}`;
const tryAgain = `to try again: ${authorize}`;
const maxQuotedLength = 200;

/** Our code, whether trying again can help, and what to do. A sign-in that a person renews beside us is found by trying. */
type Words = readonly [code: string, retry: Retry, text: string];

const grantGone: Words = [
  'oauth-grant-gone',
  'temporary',
  `the sign-in has ended or was withdrawn; ${signInAgain}`,
];
const declined: Words = [
  'oauth-declined',
  'permanent',
  `the sign-in was declined in the browser, or the account may not allow it; ${tryAgain}`,
];
const codeOver: Words = ['oauth-code-over', 'permanent', `the code is not good any more; ${tryAgain}`];
const busy: Words = ['oauth-busy', 'temporary', 'it has trouble of its own; it is asked again later'];
const wrongFlow: Words = [
  'oauth-flow-refused',
  'permanent',
  "this client may not sign in in this way: allow it on the provider's page for the client, or change mailbox.oauth.flow",
];

const wordsOf: ReadonlyMap<string, Words> = new Map<string, Words>([
  [
    oauthErrorCodes.invalidRequest,
    ['oauth-refused', 'permanent', 'it cannot use what we ask: check what mailbox.oauth says'],
  ],
  [
    oauthErrorCodes.invalidClient,
    [
      'oauth-client-refused',
      'permanent',
      "it does not know this client, or not with this secret: check mailbox.oauth.clientId and mailbox.oauth.clientSecret, and on the provider's page whether the secret has run out",
    ],
  ],
  [oauthErrorCodes.invalidGrant, grantGone],
  [oauthErrorCodes.interactionRequired, grantGone],
  [oauthErrorCodes.loginRequired, grantGone],
  [oauthErrorCodes.consentRequired, grantGone],
  [oauthErrorCodes.unauthorizedClient, wrongFlow],
  [oauthErrorCodes.unsupportedGrantType, wrongFlow],
  [oauthErrorCodes.unsupportedResponseType, wrongFlow],
  [
    oauthErrorCodes.invalidScope,
    [
      'oauth-scope-refused',
      'permanent',
      "it does not know or does not allow a scope: check mailbox.oauth.scopes, and on the provider's page what the client is permitted",
    ],
  ],
  [oauthErrorCodes.accessDenied, declined],
  [oauthErrorCodes.authorizationDeclined, declined],
  [oauthErrorCodes.expiredToken, codeOver],
  [oauthErrorCodes.badVerificationCode, codeOver],
  [oauthErrorCodes.serverError, busy],
  [oauthErrorCodes.temporarilyUnavailable, busy],
  [oauthErrorCodes.slowDown, busy],
]);

const unknown: Words = ['oauth-refused', 'permanent', 'see what it says'];

/** The provider answered with an error of OAuth; `answer` is its code as it stands in the standard. */
export class OAuthRefusal extends PhaserLinkError {
  readonly answer: string;

  /** `secrets` are put out of the provider's words, should it repeat what it was sent. */
  constructor(server: string, { error, description }: ErrorAnswer, secrets: readonly string[]) {
    const [code, retry, what] = wordsOf.get(error) ?? unknown;
    const said = quote(description === '' ? error : `${error}: ${description}`, secrets);
    super({ code, retry, text: `the sign-in server ${server} refuses: ${what} (it says ${said})` });
    this.name = 'OAuthRefusal';
    this.answer = error;
  }
}

/** Each takes `server`, the provider's host. */
export const oauthErrors = {
  insecure: (url: string) =>
    new PhaserLinkError({
      code: 'oauth-insecure',
      retry: 'permanent',
      text: `${url} would be sent secrets in clear; its address has to begin with https://`,
    }),

  unreachable: (server: string, cause: unknown) =>
    new PhaserLinkError({
      code: 'oauth-unreachable',
      retry: 'temporary',
      text: `cannot reach the sign-in server ${server}: ${errorText(cause)}; check that this machine may connect to it`,
      cause,
    }),

  silent: (server: string, seconds: number) =>
    new PhaserLinkError({
      code: 'oauth-silent',
      retry: 'temporary',
      text: `the sign-in server ${server} did not answer within ${seconds} seconds; it is asked again`,
    }),

  unavailable: (server: string, status: number) =>
    new PhaserLinkError({
      code: 'oauth-busy',
      retry: 'temporary',
      text: `the sign-in server ${server} has trouble of its own (HTTP ${status}); it is asked again later`,
    }),

  redirect: (server: string, status: number) =>
    new PhaserLinkError({
      code: 'oauth-answer-bad',
      retry: 'permanent',
      text: `the sign-in server ${server} sends us elsewhere (HTTP ${status}), where no secret of ours is sent; check mailbox.oauth`,
    }),

  badAnswer: (server: string, fault: string, status: number) =>
    new PhaserLinkError({
      code: 'oauth-answer-bad',
      retry: 'permanent',
      text: `${server} does not answer as a sign-in server: its answer (HTTP ${status}) has ${fault}; check mailbox.oauth`,
    }),

  notSignedIn: (user: string) =>
    new PhaserLinkError({
      code: 'oauth-not-signed-in',
      retry: 'temporary',
      text: `nobody has signed in for ${user} yet; sign in: ${authorize}`,
    }),

  notRenewable: (user: string) =>
    new PhaserLinkError({
      code: 'oauth-grant-gone',
      retry: 'temporary',
      text: `the sign-in for ${user} has ended, for its provider gave no refresh token; ${signInAgain} (with the scope or permission that makes it last, often offline_access)`,
    }),

  codeOver: (server: string) =>
    new PhaserLinkError({
      code: codeOver[0],
      retry: codeOver[1],
      text: `nobody has signed in at ${server} in time; ${tryAgain}`,
    }),

  storeDamaged: (file: string) =>
    new PhaserLinkError({
      code: 'oauth-store-damaged',
      retry: 'temporary',
      text: `${file} does not hold sign-ins that can be read; ${signInAgain} (it replaces the file)`,
    }),

  storeUnreadable: (file: string, trouble: string, cause: unknown) =>
    new PhaserLinkError({
      code: 'oauth-store-unreadable',
      retry: 'temporary',
      text: `the sign-in kept in ${file} cannot be used: it ${trouble}; run phaserlink authorize and phaserlink serve as the same user`,
      cause,
    }),

  storeUnwritable: (file: string, cause: unknown) =>
    new PhaserLinkError({
      code: 'oauth-store-unwritable',
      retry: 'temporary',
      text: `cannot keep the sign-in in ${file}: ${errorText(cause)}; make room or give this user the right to write there`,
      cause,
    }),
};

/** What the provider says, safe to show. */
function quote(said: string, secrets: readonly string[]): string {
  let shown = said;
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret)]) shown = shown.replaceAll(form, '(secret)');
  }
  return `"${cleanForDisplay(shown, maxQuotedLength)}"`;
}
