/** OAuth 2.0 as data: the ways of signing in, the providers that we know, and what a client of one of them is. */

/**
 * `device`: a code, entered in a browser anywhere (RFC 8628). `browser`: a browser that comes back to this machine
 * (RFC 8252, RFC 7636). `client-credentials`: the program signs in as itself (RFC 6749 §4.4).
 */
export const oauthFlows = ['device', 'browser', 'client-credentials'] as const;
export type OAuthFlow = (typeof oauthFlows)[number];

/** How a client shows its secret (RFC 6749 §2.3.1): in the Authorization header field, or in the form. */
export const clientAuthentications = ['basic', 'post'] as const;
export type ClientAuthentication = (typeof clientAuthentications)[number];

export interface OAuthEndpoints {
  /** RFC 6749 §3.2. */
  tokenEndpoint: string;
  /** RFC 8628 §3.1; the flow `device` needs it. */
  deviceAuthorizationEndpoint?: string | undefined;
  /** RFC 6749 §3.1; the flow `browser` needs it. */
  authorizationEndpoint?: string | undefined;
}

/** We, as one provider knows us: all that a sign-in needs but the person. */
export interface OAuthClient extends OAuthEndpoints {
  flow: OAuthFlow;
  clientId: string;
  clientSecret?: string | undefined;
  clientAuthentication: ClientAuthentication;
  scopes: readonly string[];
  /** What a browser calls this machine when it comes back. */
  redirectHost: string;
  /** What the provider wants besides in the address that the browser is sent to. */
  authorizationParameters: Readonly<Record<string, string>>;
}

export interface OAuthProvider {
  title: string;
  /** The first is the default. */
  flows: readonly OAuthFlow[];
  /** Null where the settings name them. */
  endpoints: ((tenant: string) => OAuthEndpoints) | null;
  /** For who signs in as a person. */
  userScopes: readonly string[];
  /** For a program that signs in as itself. */
  clientScopes: readonly string[];
  /** The default, where the settings may say otherwise. */
  clientAuthentication: ClientAuthentication;
  redirectHost: string;
  authorizationParameters: Readonly<Record<string, string>>;
  /** Mailboxes at hosts of these domains let nobody in with a password any more. */
  domainsWithoutPasswords: readonly string[];
}

const microsoft = 'https://login.microsoftonline.com';
/** RFC 8252 §7.3 prefers the address to the name. */
const loopback = '127.0.0.1';

export const oauthProviderNames = ['microsoft', 'google', 'generic'] as const;
export type OAuthProviderName = (typeof oauthProviderNames)[number];

export const oauthProviders: Readonly<Record<OAuthProviderName, OAuthProvider>> = {
  microsoft: {
    title: 'Microsoft',
    flows: ['device', 'browser', 'client-credentials'],
    endpoints: (tenant) => ({
      tokenEndpoint: `${microsoft}/${tenant}/oauth2/v2.0/token`,
      deviceAuthorizationEndpoint: `${microsoft}/${tenant}/oauth2/v2.0/devicecode`,
      authorizationEndpoint: `${microsoft}/${tenant}/oauth2/v2.0/authorize`,
    }),
    userScopes: [
      'https://outlook.office.com/POP.AccessAsUser.All',
      'https://outlook.office.com/SMTP.Send',
      // Without it there is no refresh token.
      'offline_access',
    ],
    clientScopes: ['https://outlook.office365.com/.default'],
    clientAuthentication: 'post',
    // Its registration form takes the address only by way of the manifest.
    redirectHost: 'localhost',
    // Whoever looks after the printer is rarely signed in as the printer.
    authorizationParameters: { prompt: 'select_account' },
    domainsWithoutPasswords: ['office365.com', 'outlook.com', 'office.com'],
  },
  google: {
    title: 'Google',
    // Its device flow refuses the scopes of mail, and a program as itself has no mailbox there.
    flows: ['browser'],
    endpoints: () => ({
      tokenEndpoint: 'https://oauth2.googleapis.com/token',
      authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
    }),
    userScopes: ['https://mail.google.com/'],
    clientScopes: [],
    clientAuthentication: 'post',
    redirectHost: loopback,
    // It gives a refresh token only to who asks for both.
    authorizationParameters: { access_type: 'offline', prompt: 'consent select_account' },
    // It takes app passwords.
    domainsWithoutPasswords: [],
  },
  generic: {
    title: 'the provider',
    flows: oauthFlows,
    endpoints: null,
    userScopes: [],
    clientScopes: [],
    // RFC 6749 §2.3.1: the one that every provider has to take.
    clientAuthentication: 'basic',
    redirectHost: loopback,
    authorizationParameters: {},
    domainsWithoutPasswords: [],
  },
};

/** How long a sign-in lasts, in epoch milliseconds. */
export interface SignInTimes {
  /** When a person signed in; null for a program that signs in as itself. */
  signedInAt: number | null;
  accessTokenEndsAt: number;
  /** When somebody has to sign in again; null when that is not known or not needed. */
  signInEndsAt: number | null;
  /** That is soon. */
  endsSoon: boolean;
  /** Why the access token was not renewed when it was due, in words; null when it was. */
  trouble: string | null;
}
