/** Maildrops full of mails that are alike, and the classic programs that empty them, for the benchmarks. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { type Dovecot, password } from '../test/support/dovecot.js';

let maildrops = 0;

/** Of `documentBytes` each; mail 1 has the document with the mark `mark-000001`. Returns whose maildrop it is. */
export async function fillMaildrop(dovecot: Dovecot, mails: number, documentBytes: number): Promise<string> {
  const user = `user${++maildrops}`;
  await deliverMails(dovecot, user, mails, documentBytes);
  return user;
}

export async function deliverMails(
  dovecot: Dovecot,
  user: string,
  mails: number,
  documentBytes: number,
): Promise<void> {
  for (let n = 1; n <= mails; n++) {
    const mark = `mark-${String(n).padStart(6, '0')}`;
    await dovecot.deliver(user, mail(mark, `${user}-${n}`, documentBytes));
  }
}

/** As a mail server stores it, with bare line feeds. */
function mail(mark: string, id: string, documentBytes: number): Buffer {
  const padding = randomBytes((documentBytes * 3) / 4)
    .toString('base64')
    .replace(/.{76}/g, '%$&\n');
  const document = `%!PS-Adobe-3.0\n%%Title: ${mark}\n%%Pages: 1\n%${padding}\nshowpage\n`;
  const body = Buffer.from(document).toString('base64').replace(/.{76}/g, '$&\n');
  return Buffer.from(`Return-Path: <alice@example.com>
From: Alice <alice@example.com>
To: printer@example.com
Subject: print this
Message-ID: <${id}@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=_${id}"

--=_${id}
Content-Type: text/plain

Please print it.

--=_${id}
Content-Type: application/postscript; name="${id}.ps"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="${id}.ps"

${body}
--=_${id}--
`);
}

/** Writes what mpop needs to hand each mail of the user to a program and delete it; returns the file. */
export async function mpopSettings(
  { port }: Dovecot,
  user: string,
  path: string,
  program: string,
): Promise<string> {
  const lines = [
    'account a',
    'host 127.0.0.1',
    `port ${port}`,
    `user ${user}`,
    `password ${password}`,
    'auth user',
    'tls off',
    'pipelining on',
    'keep off',
    `uidls_file ${path}-ids`,
    `delivery mda ${program}`,
  ];
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  return path;
}

/** A shell script that is run with a mail on its standard input. */
export async function writeProgram(path: string, script: string): Promise<string> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

export function isThere(command: string): boolean {
  if (spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined) return true;
  process.stderr.write(
    `${command} is missing, so it is left out of the comparison: apt-get install ${command}\n`,
  );
  return false;
}
