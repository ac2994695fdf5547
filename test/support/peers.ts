/** Before the tests: the programs of others that they talk to are there, are installed, or are named as missing. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

interface Peer {
  command: string;
  /** Debian's name. */
  packageName: string;
  skipped: string;
  /** One of these files is there too, when it is complete. */
  parts?: readonly string[];
}

const peers: readonly Peer[] = [
  { command: 'gs', packageName: 'ghostscript', skipped: 'tests with native Ghostscript' },
  {
    command: 'dovecot',
    packageName: 'dovecot-pop3d',
    skipped: 'tests against a real mailbox',
    parts: ['/usr/lib/dovecot/pop3', '/usr/libexec/dovecot/pop3'],
  },
  { command: 'openssl', packageName: 'openssl', skipped: 'tests with TLS' },
  { command: 'swaks', packageName: 'swaks', skipped: 'tests with mails of another program' },
  ...['mutt', 's-nail', 'msmtp', 'mpack', 'python3'].map((command) => ({
    command,
    packageName: command,
    skipped: `tests with mails that ${command} sends`,
  })),
  { command: 'curl', packageName: 'curl', skipped: 'tests that mail and fetch with curl' },
  {
    command: 'pdftotext',
    packageName: 'poppler-utils',
    skipped: 'tests that read the text of printed pages',
  },
  {
    command: 'python3',
    packageName: 'python3',
    skipped: 'tests with files that Python has encoded, and mails that it reads',
  },
  { command: 'perl', packageName: 'perl', skipped: 'tests with files that Perl has encoded' },
  { command: 'tnef', packageName: 'tnef', skipped: 'tests that unpack winmail.dat with another program' },
  { command: 'ippeveprinter', packageName: 'cups-ipp-utils', skipped: "tests with CUPS's own IPP printer" },
  { command: 'dbus-daemon', packageName: 'dbus-daemon', skipped: "tests with CUPS's own IPP printer" },
  { command: 'ipptool', packageName: 'cups-ipp-utils', skipped: "tests with CUPS's IPP suites" },
  { command: 'rlpr', packageName: 'rlpr', skipped: 'tests that print with rlpr' },
  {
    command: 'cupsd',
    packageName: 'cups',
    skipped: "tests that print with CUPS's back ends",
    parts: ['/usr/lib/cups/backend-available/lpd'],
  },
  { command: 'chromium', packageName: 'chromium', skipped: 'tests of the panel in a browser' },
  { command: 'nc', packageName: 'netcat-openbsd', skipped: 'tests that print with netcat' },
  { command: 'snmpget', packageName: 'snmp', skipped: 'tests that ask the printer by SNMP' },
  { command: 'snmptrapd', packageName: 'snmptrapd', skipped: 'tests that hear its traps' },
];

/** How long apt may wait for another apt, in seconds. */
const lockTimeoutSeconds = 300;
/** Debian asks this program whether a package may start its service (Debian Policy §9.3.3.1); 101 forbids it. */
const policyProgram = '/usr/sbin/policy-rc.d';
const dovecotPid = '/run/dovecot/master.pid';

/** vitest's globalSetup. */
export function setup(): void {
  let missing = peers.filter((peer) => !isInstalled(peer));
  if (missing.length > 0 && process.getuid?.() === 0 && isOnPath('apt-get')) {
    const names = missing.map(({ packageName }) => packageName);
    say(`installing what the tests talk to: ${names.join(', ')}`);
    try {
      installPackages(names);
      say('installed');
    } catch (error) {
      say(`that failed: ${error instanceof Error ? error.message : error}`);
    }
    missing = peers.filter((peer) => !isInstalled(peer));
  }
  for (const { command, packageName, skipped } of missing) {
    say(`${command} is missing, ${skipped} are skipped; to get it: apt-get install ${packageName}`);
  }
  if (missing.length > 0 && process.env.CI)
    throw new Error('in CI no test is skipped; install what is missing');
}

/** Whether tests with this program are skipped; `setup` has said so. In CI none is. */
export function missing(command: string): boolean {
  return !process.env.CI && !isOnPath(command);
}

function installPackages(names: readonly string[]): void {
  const ranBefore = dovecotProcess();
  const forbidServices = !existsSync(policyProgram);
  if (forbidServices) writeFileSync(policyProgram, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    aptGet('update');
    aptGet('install', '--yes', '--no-install-recommends', ...names);
  } finally {
    if (forbidServices) rmSync(policyProgram, { force: true });
    const runs = dovecotProcess();
    // A machine may have a policy of its own that lets services start.
    if (runs !== null && runs !== ranBefore) execFileSync('dovecot', ['stop']);
  }
}

function aptGet(...words: string[]): void {
  execFileSync('apt-get', ['-qq', '-o', `DPkg::Lock::Timeout=${lockTimeoutSeconds}`, ...words], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** The process id of the system's own Dovecot, or null when it does not run. */
function dovecotProcess(): number | null {
  try {
    const id = Number(readFileSync(dovecotPid, 'utf8'));
    process.kill(id, 0);
    return id;
  } catch {
    return null;
  }
}

function isInstalled({ command, parts }: Peer): boolean {
  return isOnPath(command) && (parts === undefined || parts.some((part) => existsSync(part)));
}

/** Debian keeps servers in /usr/sbin, which is not on everybody's path. */
function isOnPath(command: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function say(text: string): void {
  process.stdout.write(`peers: ${text}\n`);
}
