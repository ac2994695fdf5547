/** Loads the settings files, makes their paths absolute and warns of what is allowed but unwise. */
import { isLoopback } from '#base/internet-names.js';
import { fromSettingsFolder, readSettings } from '#base/settings-file.js';
import { oauthProviders } from '#vocab/oauth.js';
import { type MailroomSettings, mailroomSchema } from './mailroom-schema.js';
import { type PhaserLinkSettings, phaserLinkSchema } from './schema.js';

export interface Loaded<Settings> {
  settings: Settings;
  /** One sentence each, for the log and for `check`. */
  warnings: string[];
}

type Environment = Record<string, string | undefined>;

/** Throws SettingsError with every mistake. */
export function loadPhaserLinkSettings(path: string, env: Environment): Loaded<PhaserLinkSettings> {
  const read = readSettings(path, phaserLinkSchema, env);
  const { printer, mailbox, smtp } = read;
  const settings: PhaserLinkSettings = {
    ...read,
    printer: { ...printer, ...absoluteCaFile(path, printer.caFile) },
    mailbox: { ...mailbox, ...absoluteCaFile(path, mailbox.caFile) },
    smtp: { ...smtp, ...absoluteCaFile(path, smtp.caFile) },
    dataDir: fromSettingsFolder(path, read.dataDir),
  };
  const found = [
    passwordWarning(mailbox),
    mailbox.security === 'none' && !isLoopback(mailbox.host) && clearWarning('mailbox', mailbox.host),
    smtp.security === 'none' &&
      smtp.password !== undefined &&
      !isLoopback(smtp.host) &&
      clearWarning('smtp', smtp.host),
  ];
  return { settings, warnings: found.filter((warning) => warning !== false) };
}

/** Throws SettingsError with every mistake. */
export function loadMailroomSettings(path: string, env: Environment): Loaded<MailroomSettings> {
  const read = readSettings(path, mailroomSchema, env);
  const settings = { ...read, dataDir: fromSettingsFolder(path, read.dataDir) };
  const text = `host: on ${read.host} passwords and mail cross the network unencrypted; use 127.0.0.1, or a real mail server`;
  return { settings, warnings: isLoopback(read.host) ? [] : [text] };
}

function absoluteCaFile(path: string, caFile: string | undefined): { caFile?: string } {
  return caFile === undefined ? {} : { caFile: fromSettingsFolder(path, caFile) };
}

function clearWarning(section: 'mailbox' | 'smtp', host: string): string {
  return `${section}.security: none sends the password unencrypted to ${host}; use tls or starttls if the server has it`;
}

/** Before it stops at some time with no more than a refused login. */
function passwordWarning({ host, password }: PhaserLinkSettings['mailbox']): string | false {
  if (password === undefined) return false;
  const isThere = (domain: string) => `.${host.toLowerCase()}`.endsWith(`.${domain}`);
  const provider = Object.values(oauthProviders).find(({ domainsWithoutPasswords }) =>
    domainsWithoutPasswords.some(isThere),
  );
  if (provider === undefined) return false;
  return `mailbox.password: ${provider.title} lets no program in with a password any more; sign in with mailbox.oauth in its place (docs/oauth.md)`;
}
