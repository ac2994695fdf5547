/** What an OAuth 2.0 provider answers (RFC 6749 §5, RFC 8628 §3.2), as values; whatever is none of these is told in words. */
import * as v from 'valibot';

/** The longest token or code that is taken; those of today stay below five thousand. */
export const maxTokenLength = 16_384;
const maxUserCodeLength = 64;
const maxUrlLength = 2_048;
const maxErrorCodeLength = 100;
/** Ten years: what lasts longer is a mistake. */
const maxSeconds = 10 * 366 * 86_400;

/** RFC 6749 §4.1.2.1 and §5.2, RFC 8628 §3.5, OpenID Connect Core §3.1.2.6; the last two are Microsoft's own. */
export const oauthErrorCodes = {
  invalidRequest: 'invalid_request',
  invalidClient: 'invalid_client',
  invalidGrant: 'invalid_grant',
  unauthorizedClient: 'unauthorized_client',
  unsupportedGrantType: 'unsupported_grant_type',
  unsupportedResponseType: 'unsupported_response_type',
  invalidScope: 'invalid_scope',
  accessDenied: 'access_denied',
  serverError: 'server_error',
  temporarilyUnavailable: 'temporarily_unavailable',
  authorizationPending: 'authorization_pending',
  slowDown: 'slow_down',
  expiredToken: 'expired_token',
  interactionRequired: 'interaction_required',
  loginRequired: 'login_required',
  consentRequired: 'consent_required',
  authorizationDeclined: 'authorization_declined',
  badVerificationCode: 'bad_verification_code',
} as const;

export interface TokenAnswer {
  accessToken: string;
  /** Null when the provider does not say how long it lasts. */
  expiresInSeconds: number | null;
  refreshToken: string | null;
  /** Null when the provider does not say, or it has no end. */
  refreshTokenExpiresInSeconds: number | null;
}

export interface DeviceCodeAnswer {
  deviceCode: string;
  userCode: string;
  verificationUri: string;
  /** With the code in it, where the provider has one. */
  verificationUriComplete: string | null;
  expiresInSeconds: number;
  intervalSeconds: number;
}

export interface ErrorAnswer {
  /** One of `oauthErrorCodes`, or any other word. */
  error: string;
  /** As the provider wrote it: for people, and not yet fit to be shown. */
  description: string;
}

/** A value, or what is wrong with the answer as it follows "its answer has". */
export type Read<T> = { value: T } | { fault: string };

// RFC 6749 Appendix A.12, A.17 and A.11 let nothing else in; a space would end the token in a login.
const token = v.pipe(v.string(), v.maxLength(maxTokenLength), v.regex(/^[\x21-\x7e]+$/));
// A number, but some write it as text.
const seconds = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,12}$/), v.transform(Number))]),
  v.minValue(0),
  v.maxValue(maxSeconds),
  v.transform(Math.floor),
);
const webAddress = v.pipe(v.string(), v.maxLength(maxUrlLength), v.check(isWebAddress));

const tokenAnswer = v.object({
  access_token: token,
  // RFC 6749 §7.1: a token of another type cannot be used.
  token_type: v.optional(v.pipe(v.string(), v.regex(/^bearer$/i))),
  expires_in: v.optional(v.pipe(seconds, v.minValue(1))),
  refresh_token: v.optional(token),
  // In no standard: the first is Google's and Microsoft's, the second Keycloak's.
  refresh_token_expires_in: v.optional(seconds),
  refresh_expires_in: v.optional(seconds),
});

const deviceCodeAnswer = v.object({
  device_code: token,
  user_code: v.pipe(
    v.string(),
    v.maxLength(maxUserCodeLength),
    v.regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/),
  ),
  verification_uri: v.optional(webAddress),
  // Google's name for it, older than the standard.
  verification_url: v.optional(webAddress),
  verification_uri_complete: v.optional(webAddress),
  expires_in: v.pipe(seconds, v.minValue(1)),
  // RFC 8628 §3.2: five when it is left out; nobody is asked without a pause.
  interval: v.optional(
    v.pipe(
      seconds,
      v.transform((value) => Math.max(1, value)),
    ),
    5,
  ),
});

const errorAnswer = v.object({
  error: v.pipe(v.string(), v.maxLength(maxErrorCodeLength), v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/)),
  error_description: v.optional(v.string(), ''),
});

export function readTokenAnswer(json: unknown): Read<TokenAnswer> {
  return read(tokenAnswer, json, (answer) => ({
    accessToken: answer.access_token,
    expiresInSeconds: answer.expires_in ?? null,
    refreshToken: answer.refresh_token ?? null,
    // Keycloak says 0 for one without end.
    refreshTokenExpiresInSeconds: answer.refresh_token_expires_in || answer.refresh_expires_in || null,
  }));
}

export function readDeviceCodeAnswer(json: unknown): Read<DeviceCodeAnswer> {
  const answer = read(deviceCodeAnswer, json, (value) => value);
  if ('fault' in answer) return answer;
  const { value } = answer;
  const verificationUri = value.verification_uri ?? value.verification_url;
  if (verificationUri === undefined) return { fault: 'no verification_uri' };
  return {
    value: {
      deviceCode: value.device_code,
      userCode: value.user_code,
      verificationUri,
      verificationUriComplete: value.verification_uri_complete ?? null,
      expiresInSeconds: value.expires_in,
      intervalSeconds: value.interval,
    },
  };
}

/** Null when it is no error answer. */
export function readErrorAnswer(json: unknown): ErrorAnswer | null {
  const answer = v.safeParse(errorAnswer, json);
  if (!answer.success) return null;
  return { error: answer.output.error, description: answer.output.error_description };
}

/** Never repeats what the answer holds: it may be a token. */
function read<const S extends v.GenericSchema, T>(
  schema: S,
  json: unknown,
  convert: (answer: v.InferOutput<S>) => T,
): Read<T> {
  const answer = v.safeParse(schema, json);
  if (answer.success) return { value: convert(answer.output) };
  const [issue] = answer.issues;
  const name = issue.path?.[0]?.key;
  if (name === undefined) return { fault: 'no JSON object' };
  return { fault: issue.input === undefined ? `no ${name}` : `an unusable ${name}` };
}

function isWebAddress(text: string): boolean {
  if (!/^https?:\/\/[\x21-\x7e]+$/i.test(text)) return false;
  return URL.canParse(text);
}

/** What a browser brought back (RFC 6749 §4.1.2): the code, or an error; a fault when it is not the answer to our `state`. */
export function readAuthorizationAnswer(
  query: URLSearchParams,
  state: string,
): Read<{ code: string } | ErrorAnswer> {
  // RFC 6749 §10.12: whoever does not know the state was not sent by us.
  if (query.get('state') !== state) return { fault: 'not the state that we sent along' };
  const refusal = readErrorAnswer({
    error: query.get('error'),
    error_description: query.get('error_description') ?? '',
  });
  if (refusal !== null) return { value: refusal };
  const code = v.safeParse(token, query.get('code'));
  return code.success ? { value: { code: code.output } } : { fault: 'no code' };
}
