/** What can go wrong with sending a mail, and whether sending it again can help. */
import { errorText, PhaserLinkError } from '#base/errors.js';
import { signInAgain } from './oauth/oauth-errors.js';

/** What the library's errors carry; each may be missing. */
interface SmtpFailure {
  code?: unknown;
  command?: unknown;
  responseCode?: unknown;
  response?: unknown;
  message?: unknown;
}

/** The commands whose refusal is about this mail and not about the connection. */
const mailCommands = new Set<unknown>(['MAIL FROM', 'RCPT TO', 'DATA']);
/** RFC 4954 §6: the server wants a login, or a better one. */
const loginCodes = new Set<unknown>([530, 534, 535, 538]);
const maxQuotedLength = 200;

/** `server` is host and port as the settings have them. */
export function sendError(server: string, cause: unknown): PhaserLinkError {
  // The mail is as good as before when there is an access token again.
  if (cause instanceof PhaserLinkError) {
    const text = `cannot log in to the mail server ${server}: ${cause.message}`;
    return new PhaserLinkError({ code: 'smtp-no-token', retry: 'temporary', text, cause });
  }
  const failure: SmtpFailure = typeof cause === 'object' && cause !== null ? cause : {};
  const said = quote(failure.response ?? errorText(cause));
  if (failure.code === 'EAUTH' || failure.code === 'ENOAUTH' || loginCodes.has(failure.responseCode)) {
    const advice = isTokenRefused(cause)
      ? `check that smtp.user is the account that signed in, and that its provider lets it use SMTP; then ${signInAgain}`
      : 'check smtp.user and smtp.password, or smtp.oauth';
    const text = `the mail server ${server} refused the login: ${said}; ${advice}`;
    return new PhaserLinkError({ code: 'smtp-login-refused', retry: 'temporary', text, cause });
  }
  if (isTlsFailure(failure)) {
    const text = `no secure connection to the mail server ${server}: ${said}; check its certificate, smtp.host and smtp.security`;
    return new PhaserLinkError({ code: 'smtp-tls-failed', retry: 'temporary', text, cause });
  }
  if (isRefusalForGood(failure)) {
    const text = `the mail server ${server} refused the mail for good: ${said}`;
    return new PhaserLinkError({ code: 'smtp-mail-refused', retry: 'permanent', text, cause });
  }
  if (typeof failure.responseCode === 'number') {
    const text = `the mail server ${server} does not take the mail now: ${said}; it is tried again`;
    return new PhaserLinkError({ code: 'smtp-mail-deferred', retry: 'temporary', text, cause });
  }
  const text = `cannot reach the mail server ${server}: ${said}; check smtp.host, smtp.port and smtp.security`;
  return new PhaserLinkError({ code: 'smtp-unreachable', retry: 'temporary', text, cause });
}

/** The server refused an access token, which another one may mend. */
export function isTokenRefused(cause: unknown): boolean {
  const { code, command }: SmtpFailure = typeof cause === 'object' && cause !== null ? cause : {};
  return code === 'EAUTH' && command === 'AUTH XOAUTH2';
}

export function badAddress(address: string): PhaserLinkError {
  const text = `cannot write to the address ${quote(address)}: it is none that a mail can be sent to`;
  return new PhaserLinkError({ code: 'mail-bad-address', retry: 'permanent', text });
}

/** Certificate errors come as socket errors; only their text tells. What the server replied is never one. */
function isTlsFailure({ code, responseCode, message }: SmtpFailure): boolean {
  if (code === 'ETLS') return true;
  return (
    code === 'ESOCKET' &&
    typeof responseCode !== 'number' &&
    /certificate|altnames|SSL|TLS/i.test(`${message}`)
  );
}

/** RFC 5321 §4.2.1; 503 is about the order of commands, so the same mail may pass on a new connection. */
function isRefusalForGood({ code, command, responseCode }: SmtpFailure): boolean {
  // Without a reply: too large, or an address that this server cannot take; not even offered.
  if (typeof responseCode !== 'number') return code === 'EMESSAGE' || code === 'EENVELOPE';
  return mailCommands.has(command) && responseCode >= 500 && responseCode !== 503;
}

function quote(said: unknown): string {
  return `"${String(said)
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, maxQuotedLength)}"`;
}
