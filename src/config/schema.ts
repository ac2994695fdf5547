/** Every setting of phaserlink.yaml, declared once; the sample file, the manual's table and the messages come from here. */
import * as v from 'valibot';
import {
  choice,
  duration,
  host,
  list,
  oneLineText,
  path,
  port,
  secretText,
  section,
  wholeNumber,
} from '#base/settings-schema.js';
import { loginMethods } from '#vocab/login-methods.js';
import { maxPieces, maxSplitJobBytes } from '#vocab/split-mail.js';
import { addressOrDomain, mailAddress } from './kinds.js';
import { oauthSection } from './oauth.js';
import { parsePrinterUri, printerUri } from './printer-uri.js';
import { snmpSection, watchUri } from './watch.js';

const security = ['tls', 'starttls', 'none'] as const;
export type Security = (typeof security)[number];

/** RFC 8314 §7.3: TLS from the first byte. */
const implicitTlsPorts = { mailbox: 995, smtp: 465 };

function mailboxPort(kind: Security): number {
  return kind === 'tls' ? implicitTlsPorts.mailbox : 110;
}

function smtpPort(kind: Security): number {
  return { tls: implicitTlsPorts.smtp, starttls: 587, none: 25 }[kind];
}

/** What the reader of mails takes in whole. */
const maxFetchableBytes = 256 * 1024 * 1024;

const maxDiskBytes = 2 ** 50;

const securityText = 'TLS from the first byte, TLS after STARTTLS, or no encryption at all.';
/** RFC 6750 §5.3: whoever sees an access token has what it is good for. */
const encryptedForTokens = 'tls or starttls, for with oauth an access token is sent';
const caFile = path('file', {
  text: 'Certificates (PEM) of a private certificate authority, trusted for this server besides the public ones.',
  example: './ca.pem',
});

const printer = v.pipe(
  section('The one printer that this server prints on.', {
    name: oneLineText({
      text: 'What the printer is called in mails and on pages.',
      example: 'Phaser 740 second floor',
    }),
    uri: printerUri({
      text: 'Where and how the printer takes print data: raw with answers (best for PostScript printers), IPP, LPD, or a folder.',
      example: 'socket://127.0.0.1:9100',
    }),
    jobControl: v.optional(
      choice(['postscript', 'pjl', 'none'], {
        text: 'Only with socket://: how the printer is asked what becomes of a job. In PostScript, in PJL where the printer has it, or not at all, for a receiver that only takes and never answers (see engines.md).',
        default: 'postscript',
        example: 'postscript',
      }),
    ),
    caFile: v.optional(
      path('file', {
        text: 'A certificate authority to trust for ipps:// instead of those of the system, in PEM; relative to this file.',
        example: 'printer-ca.pem',
      }),
    ),
    watch: v.optional(
      watchUri({
        text: 'By which way the printer is asked how it is, for conditions, supplies and page counts (see printer-watch.md). With auto, a printer of IPP by IPP, any other by SNMP at its own address.',
      }),
      'auto',
    ),
    snmp: v.optional(snmpSection),
  }),
  v.forward(
    v.partialCheck(
      [['uri'], ['jobControl']],
      ({ uri, jobControl }) => jobControl === undefined || parsePrinterUri(uri)?.way === 'socket',
      'left out, for only a printer at socket:// has it',
    ),
    ['jobControl'],
  ),
);

const mailbox = v.pipe(
  section('The mailbox that print jobs are mailed to, fetched by POP3.', {
    host: host({ text: 'The POP3 server.', example: 'mail.example.com' }),
    port: v.optional(
      port({ text: 'The POP3 port.', default: '995 with tls, otherwise 110', example: '995' }),
    ),
    security: v.optional(choice(security, { text: securityText }), 'tls'),
    user: oneLineText({ text: 'The name to log in with.', example: 'printer' }),
    password: v.optional(
      secretText({
        text: 'The password to log in with.',
        default: 'required without mailbox.oauth',
        inSample: true,
        example: '${env:PRINTER_PASSWORD}',
      }),
    ),
    oauth: v.optional(oauthSection),
    auth: v.optional(
      choice(['auto', ...loginMethods], {
        text: 'How to log in. With auto, the best way that the server offers; without encryption, the password itself is sent only to a server that offers nothing better.',
      }),
      'auto',
    ),
    pollIntervalSeconds: v.optional(
      wholeNumber(1, 86_400, { text: 'How often the mailbox is looked into.', unit: 'seconds' }),
      60,
    ),
    keep: v.optional(
      duration('0', '365d', {
        text: 'How long a mail stays in the mailbox after it was handled; it is never handled twice.',
        default: '0: deleted at once',
        example: '7d',
      }),
      '0',
    ),
    maxMessageBytes: v.optional(
      wholeNumber(65_536, maxFetchableBytes, {
        text: 'A larger mail is not fetched: it is refused by its header, and its sender told.',
        unit: 'octets',
      }),
      maxFetchableBytes,
    ),
    tooLarge: v.optional(
      choice(['delete', 'leave'], { text: 'What becomes of such a mail in the mailbox once it is refused.' }),
      'delete',
    ),
    caFile: v.optional(caFile),
  }),
  v.forward(
    v.partialCheck(
      [['password'], ['oauth']],
      ({ password, oauth }) => (password === undefined) !== (oauth === undefined),
      'given, or mailbox.oauth in its place: exactly one of the two',
    ),
    ['password'],
  ),
  v.forward(
    v.partialCheck(
      [['security'], ['oauth']],
      ({ security, oauth }) => security !== 'none' || oauth === undefined,
      encryptedForTokens,
    ),
    ['security'],
  ),
  v.transform((value) => ({ ...value, port: value.port ?? mailboxPort(value.security) })),
);

const smtp = v.pipe(
  section('The mail server that takes the answers to senders.', {
    host: host({ text: 'The SMTP server.', example: 'mail.example.com' }),
    port: v.optional(
      port({
        text: 'The SMTP port.',
        default: '465 with tls, 587 with starttls, 25 with none',
        example: '465',
      }),
    ),
    security: v.optional(choice(security, { text: securityText }), 'tls'),
    from: mailAddress({
      text: 'The address that answers come from: the one that jobs are mailed to.',
      example: 'printer@example.com',
    }),
    user: v.optional(
      oneLineText({ text: 'The name to log in with; without it nobody logs in.', example: 'printer' }),
    ),
    password: v.optional(
      secretText({ text: 'The password to log in with.', example: '${file:smtp-password}' }),
    ),
    oauth: v.optional(
      choice(['mailbox'], {
        text: 'Logs in with the sign-in of mailbox.oauth, in the place of a password; smtp.user is mailbox.user when left out.',
        example: 'mailbox',
      }),
    ),
    caFile: v.optional(caFile),
  }),
  v.forward(
    v.partialCheck(
      [['user'], ['password'], ['oauth']],
      ({ user, password, oauth }) => oauth !== undefined || (user === undefined) === (password === undefined),
      'given together with smtp.user, or both left out',
    ),
    ['password'],
  ),
  v.forward(
    v.partialCheck(
      [['password'], ['oauth']],
      ({ password, oauth }) => password === undefined || oauth === undefined,
      'left out, for smtp.oauth is in its place',
    ),
    ['password'],
  ),
  v.forward(
    v.partialCheck(
      [['security'], ['oauth']],
      ({ security, oauth }) => security !== 'none' || oauth === undefined,
      encryptedForTokens,
    ),
    ['security'],
  ),
  v.transform((value) => ({ ...value, port: value.port ?? smtpPort(value.security) })),
);

const access = section('Who may print. Nobody, as long as nobody is named.', {
  allow: v.optional(
    list(addressOrDomain({ text: 'A sender.', example: '@example.com' }), {
      text: 'Senders who may print: an address, or @ and a domain for everybody there (not its subdomains).',
      example: '[alice@example.com, "@example.org"]',
    }),
    [],
  ),
  hold: v.optional(
    list(addressOrDomain({ text: 'A sender.', example: '@example.com' }), {
      text: 'Senders whose jobs are held until they are released, by a reply or a command; written as those in access.allow.',
      example: '["@example.org"]',
    }),
    [],
  ),
});

const jobs = section('How long jobs are kept, and what happens when one cannot be printed (see jobs.md).', {
  onTrouble: v.optional(
    choice(['hold-job', 'hold-line'], {
      text: 'What waits while a job is held because of an error, or because nobody knows whether it was printed: later jobs of the same sender, or all later jobs.',
    }),
    'hold-job',
  ),
  holdFor: v.optional(
    duration('10m', '90d', {
      text: 'How long a held job waits to be released; then it ends unprinted.',
      default: '24h',
    }),
    '24h',
  ),
  keepContent: v.optional(
    duration('0', '365d', {
      text: 'How long the documents of a job are kept after its end, so that it can be printed again.',
      default: '24h',
    }),
    '24h',
  ),
  keepRecords: v.optional(
    duration('1d', '3650d', {
      text: 'How long is known what became of a mail and a job, counted from its end.',
      default: '90d',
    }),
    '90d',
  ),
  minFreeBytes: v.optional(
    wholeNumber(0, maxDiskBytes, {
      text: 'So much room is left on the disk: mails that would take of it wait on the mail server.',
      unit: 'bytes',
    }),
    100 * 1024 * 1024,
  ),
  maxSpoolBytes: v.optional(
    wholeNumber(1024 * 1024, maxDiskBytes, {
      text: 'How much the documents of all jobs may take up; mails beyond it wait on the mail server.',
      unit: 'bytes',
      default: 'no limit but the disk',
      example: '10000000000',
    }),
  ),
});

const people = section('Whom the server turns to.', {
  sysAdmin: mailAddress({
    text: 'The administrator, told of what needs a hand.',
    example: 'admin@example.com',
  }),
});

const splitMail = section('Split mail: jobs that come in pieces, several mails each (see split-mail.md).', {
  maxPieces: v.optional(
    wholeNumber(1, maxPieces, { text: 'How many pieces a job may have.', unit: 'pieces' }),
    maxPieces,
  ),
  maxJobBytes: v.optional(
    wholeNumber(65_536, maxSplitJobBytes, {
      text: 'How much the pieces of a job may hold together.',
      unit: 'bytes',
    }),
    maxSplitJobBytes,
  ),
  waitForMissing: v.optional(
    duration('1h', '7d', {
      text: 'How long missing pieces are waited for, counted from the last piece that came.',
      default: '24h',
    }),
    '24h',
  ),
  maxUnfinishedPerSender: v.optional(
    wholeNumber(1, 1000, { text: 'How many jobs of one sender may be incomplete at a time.', unit: 'jobs' }),
    8,
  ),
  maxUnfinished: v.optional(
    wholeNumber(1, 1000, {
      text: 'How many jobs may be incomplete at a time, of all senders; what has come of them lies on the disk.',
      unit: 'jobs',
    }),
    40,
  ),
});

export const phaserLinkSchema = v.pipe(
  section('The settings of the PhaserLink Printing Server.', {
    printer,
    mailbox,
    smtp,
    access: v.nullish(access, {}),
    people,
    jobs: v.nullish(jobs, {}),
    splitMail: v.nullish(splitMail, {}),
    dataDir: v.optional(
      path('folder', {
        text: 'Where the jobs and their documents are kept; relative to this file. Made when missing.',
      }),
      './data',
    ),
  }),
  v.forward(
    v.partialCheck(
      [
        ['mailbox', 'oauth'],
        ['smtp', 'oauth'],
      ],
      ({ mailbox, smtp }) => smtp.oauth === undefined || mailbox.oauth !== undefined,
      'left out, for there is no mailbox.oauth to log in with',
    ),
    ['smtp', 'oauth'],
  ),
);

/** With defaults put in, and paths made absolute by `loadPhaserLinkSettings`. */
export type PhaserLinkSettings = v.InferOutput<typeof phaserLinkSchema>;
export type PrinterSettings = PhaserLinkSettings['printer'];
export type MailboxSettings = PhaserLinkSettings['mailbox'];
export type SmtpSettings = PhaserLinkSettings['smtp'];
