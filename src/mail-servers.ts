/** The mailbox and the mail server of the settings, with their private certificate authority when one is named. */
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import type { Clock } from '#base/clock.js';
import { errorText, PhaserLinkError } from '#base/errors.js';
import type { Log } from '#base/log.js';
import type { PhaserLinkSettings } from './config/schema.js';
import { MailSender } from './mail/mail-sender.js';
import { Pop3Mailbox } from './mail/pop3-mailbox.js';

export function makeMailbox(
  { mailbox }: Pick<PhaserLinkSettings, 'mailbox'>,
  clock: Clock,
  log: Log,
): Pop3Mailbox {
  const credentials = { password: mailbox.password };
  const ca = readCertificates('mailbox.caFile', mailbox.caFile);
  return new Pop3Mailbox({ ...mailbox, credentials, ca }, clock, log);
}

export function makeMailSender({ smtp }: Pick<PhaserLinkSettings, 'smtp'>, clock: Clock): MailSender {
  return new MailSender({ ...smtp, ca: readCertificates('smtp.caFile', smtp.caFile) }, clock);
}

function readCertificates(setting: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return [readFileSync(path, 'utf8'), ...rootCertificates].join('\n');
  } catch (error) {
    const text = `${setting}: ${path} cannot be read: ${errorText(error)}`;
    throw new PhaserLinkError({ code: 'ca-file', retry: 'permanent', text, cause: error });
  }
}
