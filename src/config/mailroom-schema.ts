/** Every setting of mailroom.yaml, the built-in mail room's file, declared once. */
import * as v from 'valibot';
import {
  host,
  list,
  listenPort,
  oneLineText,
  path,
  secretText,
  section,
  wholeNumber,
} from '#base/settings-schema.js';
import { mailAddress } from './kinds.js';

const mebibyte = 1024 * 1024;
/** Sizes travel as numbers; this keeps them exact and far from any disk we know. */
const largestBytes = 2 ** 40;

const mailbox = section('One mailbox.', {
  name: oneLineText({ text: 'The name to log in with by POP3.', example: 'printer' }),
  password: secretText({ text: 'The password to log in with.', example: '${env:PRINTER_PASSWORD}' }),
  addresses: list(mailAddress({ text: 'An address.' }), {
    text: 'The addresses whose mail goes into this mailbox.',
    example: '[printer@example.com]',
  }),
});

export const mailroomSchema = section('The settings of the built-in mail room.', {
  host: v.optional(
    host({
      text: 'The address to listen on. Without TLS, anything but loopback shows passwords to the network.',
    }),
    '127.0.0.1',
  ),
  smtp: v.nullish(
    section('Where mail comes in.', {
      port: v.optional(listenPort({ text: 'The SMTP port; 0 takes a free one and says which.' }), 1025),
    }),
    {},
  ),
  pop3: v.nullish(
    section('Where mail is fetched.', {
      port: v.optional(listenPort({ text: 'The POP3 port; 0 takes a free one and says which.' }), 1110),
    }),
    {},
  ),
  mailboxes: list(mailbox, { text: 'The mailboxes.' }),
  maxMessageBytes: v.optional(
    wholeNumber(1024, largestBytes, { text: 'The largest message taken.', unit: 'bytes' }),
    50 * mebibyte,
  ),
  maxMailboxBytes: v.optional(
    wholeNumber(1024, largestBytes, { text: 'How much one mailbox holds.', unit: 'bytes' }),
    500 * mebibyte,
  ),
  dataDir: v.optional(
    path('folder', { text: 'Where the mail is kept; relative to this file. Made when missing.' }),
    './mailroom',
  ),
});

/** With defaults put in, and paths made absolute by `loadMailroomSettings`. */
export type MailroomSettings = v.InferOutput<typeof mailroomSchema>;
