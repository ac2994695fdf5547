/** A mailbox on a POP3 server that plays a script: sound, but for the answers that a test replaces. */
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '#base/clock.js';
import { type Log, silentLog } from '#base/log.js';
import type { MailboxSession } from '../../src/mail/mailbox.js';
import { Pop3Mailbox, type Pop3MailboxSettings } from '../../src/mail/pop3-mailbox.js';
import { type Answer, startScriptedServer } from './scripted-server.js';

/** Dots, NUL, 0xFF, bare CR and LF: on the wire and without the stuffing. */
export const wire = 'Subject: dots\r\n\r\n..\r\n...\r\nNUL\0 \xff \r \n.\r\n.\r\n';
export const message = 'Subject: dots\r\n\r\n.\r\n..\r\nNUL\0 \xff \r \n.\r\n';

export type Answers = Record<string, Answer | [Answer, 'hang up']>;

export const sound: Answers = {
  'USER printer': '+OK\r\n',
  'PASS secret': '+OK logged in\r\n',
  STAT: '+OK 2 88\r\n',
  UIDL: '+OK\r\n1 first\r\n2 second\r\n.\r\n',
  LIST: '+OK 2 messages\r\n1 44\r\n2 44\r\n.\r\n',
  'RETR 1': Buffer.from(`+OK 44 octets\r\n${wire}`, 'latin1'),
  'RETR 2': Buffer.from(`+OK\r\n${wire}`, 'latin1'),
  'DELE 1': '+OK\r\n',
  'DELE 2': '+OK\r\n',
  QUIT: ['+OK bye\r\n', 'hang up'],
};

/** An answer to CAPA. */
export function capa(...lines: string[]): string {
  return ['+OK', ...lines, '.', ''].join('\r\n');
}

export interface MailboxScript {
  greeting?: Answer;
  /** Octets of each TCP segment, and what happens after each. */
  pieceLength?: number;
  tick?: () => Promise<void>;
  answers?: Answers;
  /** Asked before `answers`, for lines that are not known beforehand. */
  answer?: (line: string) => Answer | undefined;
  settings?: Partial<Pop3MailboxSettings>;
  clock?: Clock;
  log?: Log;
}

export interface ScriptedMailbox {
  mailbox: Pop3Mailbox;
  port: number;
  /** The lines that the server has heard. */
  heard: string[];
}

/** Ends with the running test. */
export async function scriptedMailbox(script: MailboxScript = {}): Promise<ScriptedMailbox> {
  const answers = { ...sound, ...script.answers };
  const { port, heard, stop } = await startScriptedServer({
    greeting: script.greeting ?? '+OK ready\r\n',
    answer: (line) => script.answer?.(line) ?? answers[line] ?? '-ERR unexpected\r\n',
    pieceLength: script.pieceLength,
    tick: script.tick,
  });
  onTestFinished(stop);
  const settings = { ...plainSettings(port), ...script.settings };
  return {
    mailbox: new Pop3Mailbox(settings, script.clock ?? systemClock, script.log ?? silentLog),
    port,
    heard,
  };
}

export function plainSettings(port: number): Pop3MailboxSettings {
  return { host: '127.0.0.1', port, security: 'none', user: 'printer', credentials: { password: 'secret' } };
}

export function openMailbox(mailbox: Pop3Mailbox): Promise<MailboxSession> {
  return mailbox.open(new AbortController().signal);
}

/** As latin1. */
export async function collectText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let all = '';
  for await (const chunk of chunks) all += Buffer.from(chunk).toString('latin1');
  return all;
}

/** What a log was warned of, in words. */
export function warnings(): { log: Log; warned: string[] } {
  const warned: string[] = [];
  return { warned, log: { ...silentLog, warn: (_fields: unknown, text: string) => warned.push(text) } };
}
