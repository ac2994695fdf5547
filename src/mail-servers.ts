/** The mailbox and the mail server of the settings, with their private certificate authority when one is named. */
import type { Clock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import { readCertificates } from './certificates.js';
import type { PhaserLinkSettings } from './config/schema.js';
import { MailSender } from './mail/mail-sender.js';
import { type AccessTokens, TokenSource } from './mail/oauth/token-source.js';
import { TokenStore } from './mail/oauth/token-store.js';
import { Pop3Mailbox } from './mail/pop3-mailbox.js';

/** Where access tokens come from, for all who log in with one; null when the mailbox has a password. */
export function makeTokenSource(
  { mailbox, dataDir }: Pick<PhaserLinkSettings, 'mailbox' | 'dataDir'>,
  clock: Clock,
  log: Log,
): TokenSource | null {
  const { oauth: client, user } = mailbox;
  if (client === undefined) return null;
  return new TokenSource({ client, user }, new TokenStore(dataDir, clock), clock, log);
}

export function makeMailbox(
  { mailbox }: Pick<PhaserLinkSettings, 'mailbox'>,
  tokens: AccessTokens | null,
  clock: Clock,
  log: Log,
): Pop3Mailbox {
  const { password = '' } = mailbox;
  const ca = readCertificates('mailbox.caFile', mailbox.caFile);
  return new Pop3Mailbox({ ...mailbox, credentials: tokens ?? { password }, ca }, clock, log);
}

export function makeMailSender(
  { mailbox, smtp }: Pick<PhaserLinkSettings, 'mailbox' | 'smtp'>,
  tokens: AccessTokens | null,
  clock: Clock,
): MailSender {
  const ca = readCertificates('smtp.caFile', smtp.caFile);
  if (smtp.oauth === undefined || tokens === null) return new MailSender({ ...smtp, ca }, clock);
  return new MailSender({ ...smtp, user: smtp.user ?? mailbox.user, accessTokens: tokens, ca }, clock);
}
