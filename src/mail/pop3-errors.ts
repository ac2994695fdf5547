/** What can go wrong with a POP3 server, in words for the administrator; the codes are stable. */
import { cleanForDisplay } from '#base/display-text.js';
import { errorText, PhaserLinkError, systemErrorCode } from '#base/errors.js';
import { type Pop3Reply, responseCodes } from '#wire/pop3.js';

/** Each takes `server`, the host and port as the settings have it. */
export const pop3Errors = {
  unreachable: (server: string, cause: unknown) =>
    new PhaserLinkError({
      code: 'pop3-unreachable',
      retry: 'temporary',
      text: `cannot reach the mail server ${server}: ${errorText(cause)}; check mailbox.host and mailbox.port, and whether the server runs`,
      cause,
    }),

  tlsFailed: (server: string, cause: unknown) =>
    new PhaserLinkError({
      code: 'pop3-tls-failed',
      // A connection that broke may work the next time; a certificate does not mend itself.
      retry: systemErrorCode(cause) === 'ECONNRESET' ? 'temporary' : 'permanent',
      text: `no secure connection to the mail server ${server}: ${errorText(cause)}; check its certificate, mailbox.host and mailbox.security`,
      cause,
    }),

  startTlsRefused: (server: string, reply: Pop3Reply) =>
    new PhaserLinkError({
      code: 'pop3-tls-failed',
      retry: isTemporaryReply(reply) ? 'temporary' : 'permanent',
      text: `the mail server ${server} refused STARTTLS: ${quote(reply)}; try mailbox.security tls with its port, usually 995`,
    }),

  connectionLost: (server: string, cause?: unknown) =>
    new PhaserLinkError({
      code: 'pop3-connection-lost',
      retry: 'temporary',
      text: `the connection to the mail server ${server} was lost${cause === undefined ? '' : `: ${errorText(cause)}`}; it is tried again`,
      cause,
    }),

  silent: (server: string) =>
    new PhaserLinkError({
      code: 'pop3-silent',
      retry: 'temporary',
      text: `the mail server ${server} does not answer in time; it is tried again`,
    }),

  tooSlow: (server: string) =>
    new PhaserLinkError({
      code: 'pop3-too-slow',
      retry: 'temporary',
      text: `the mail server ${server} sends too slowly; it is tried again`,
    }),

  protocolError: (server: string, what: string) =>
    new PhaserLinkError({
      code: 'pop3-protocol-error',
      retry: 'temporary',
      text: `${server} does not answer as a POP3 server: ${what}; check mailbox.port and mailbox.security`,
    }),

  commandRefused: (server: string, keyword: string, reply: Pop3Reply) =>
    new PhaserLinkError({
      code: 'pop3-command-refused',
      retry: reply.code === responseCodes.systemPermanent ? 'permanent' : 'temporary',
      text: `the mail server ${server} refused ${keyword}: ${quote(reply)}`,
    }),

  quitUnconfirmed: (server: string, cause: unknown) =>
    new PhaserLinkError({
      code: 'pop3-quit-unconfirmed',
      retry: 'temporary',
      text: `the mail server ${server} did not confirm the deletions: ${errorText(cause)}; mails that come again are recognised`,
      cause,
    }),
};

/** RFC 2449 §8.1, RFC 3206 §4: the server says that it is not the fault of the command. */
export function isTemporaryReply(reply: Pop3Reply): boolean {
  return reply.code === responseCodes.systemTemporary || reply.code === responseCodes.loginDelay;
}

const maxQuotedLength = 200;

/** What the server said, safe to show. */
export function quote(reply: Pop3Reply): string {
  const said = reply.code === null ? reply.text : `[${reply.code}] ${reply.text}`;
  return `"${cleanForDisplay(said, maxQuotedLength)}"`;
}
