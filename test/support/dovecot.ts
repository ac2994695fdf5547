/** A real Dovecot of a test's own: free ports, private folders, gone without trace when it stops. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Certificate, makeCertificate } from './certificate.js';
import { freePort } from './free-port.js';

export const password = 'secret';

const passwordMechanisms = 'plain login cram-md5 scram-sha-256 apop';

export interface Dovecot {
  /** Plain, with STARTTLS. */
  port: number;
  tlsPort: number;
  /** PEM of the authority that signed its certificate, for localhost and 127.0.0.1. */
  ca: string;
  /** Puts a message into a user's Maildir as a delivery agent would. */
  deliver(user: string, message: Uint8Array): Promise<void>;
  /** How many messages lie in a user's Maildir. */
  waiting(user: string): number;
  stop(): Promise<void>;
}

export interface DovecotOptions {
  /** Where it asks whose an access token is; the token is appended. Without it nobody logs in by OAuth 2. */
  tokenInfoUrl?: string;
  /** How passwords are kept, for example `{PLAIN}secret`; with a digest there are no proofs without the password. */
  storedPassword?: string;
}

/** Any user, with `password`; a user's maildrop appears with the first delivery. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  const folder = await mkdtemp(join(tmpdir(), 'phaserlink-dovecot-'));
  const owner = mailOwner();
  const mail = join(folder, 'mail');
  await chmod(folder, 0o755);
  await mkdir(mail);
  await chown(mail, owner.uid, owner.gid);
  const certificate = await makeCertificate(folder);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const config = join(folder, 'dovecot.conf');
  const tokenCheck = join(folder, 'oauth2.conf');
  await writeFile(tokenCheck, `tokeninfo_url = ${options.tokenInfoUrl ?? ''}\nusername_attribute = user\n`);
  const facts = { folder, mail, port, tlsPort, owner, certificate, tokenCheck, options };
  await writeFile(config, configuration(facts));
  const server = spawn('dovecot', ['-F', '-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  server.stderr.on('data', (text) => {
    complaint += text;
  });
  const stop = () => stopServer(server, folder);
  try {
    await answering(port, server);
  } catch (error) {
    const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '');
    await stop();
    throw new Error(`Dovecot did not start: ${complaint}${log}`, { cause: error });
  }
  let delivered = 0;
  const deliver = async (user: string, message: Uint8Array) => {
    const maildir = join(mail, user);
    for (const path of [maildir, ...['tmp', 'new', 'cur'].map((name) => join(maildir, name))]) {
      await mkdir(path, { recursive: true });
      await chown(path, owner.uid, owner.gid);
    }
    // Dovecot numbers new messages by their names' time.
    const name = `${1_700_000_000 + delivered}.M${delivered++}P${process.pid}.test`;
    await writeFile(join(maildir, 'tmp', name), message);
    await chown(join(maildir, 'tmp', name), owner.uid, owner.gid);
    await rename(join(maildir, 'tmp', name), join(maildir, 'new', name));
  };
  const waiting = (user: string) =>
    ['new', 'cur']
      .map((name) => join(mail, user, name))
      .reduce((sum, path) => sum + (existsSync(path) ? readdirSync(path).length : 0), 0);
  return { port, tlsPort, ca: certificate.ca, deliver, waiting, stop };
}

interface Owner {
  name: string;
  uid: number;
  gid: number;
}

/** Dovecot does not serve root's mail; as root the system's `mail` user owns it. */
function mailOwner(): Owner {
  const { uid, gid, username } = userInfo();
  if (uid !== 0) return { name: username, uid, gid };
  const id = (option: string) => Number(execFileSync('id', [option, 'mail'], { encoding: 'utf8' }));
  return { name: 'mail', uid: id('-u'), gid: id('-g') };
}

function configuration(facts: {
  folder: string;
  mail: string;
  port: number;
  tlsPort: number;
  owner: Owner;
  certificate: Certificate;
  tokenCheck: string;
  options: DovecotOptions;
}): string {
  const { folder, mail, port, tlsPort, owner, certificate, tokenCheck, options } = facts;
  const byToken = options.tokenInfoUrl === undefined ? '' : 'xoauth2 oauthbearer';
  const tokens = `passdb {
  driver = oauth2
  mechanisms = ${byToken}
  args = ${tokenCheck}
}`;
  const group = userInfo().uid === 0 ? null : execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
  // Without root there is nobody else to be and nothing to be locked into.
  const unprivileged =
    group === null
      ? ''
      : `default_internal_user = ${owner.name}
default_login_user = ${owner.name}
default_internal_group = ${group}
service anvil {
  chroot =
}
service stats {
  chroot =
}`;
  return `base_dir = ${folder}/run
state_dir = ${folder}/run
log_path = ${folder}/log
protocols = pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <${certificate.certFile}
ssl_key = <${certificate.keyFile}
disable_plaintext_auth = no
auth_mechanisms = ${passwordMechanisms} ${byToken}
auth_failure_delay = 0
mail_location = maildir:${mail}/%u
mail_max_userip_connections = 0
first_valid_uid = 1
pop3_uidl_format = %08Xu%08Xv
${byToken === '' ? '' : tokens}
passdb {
  driver = static
  mechanisms = ${passwordMechanisms}
  args = password=${options.storedPassword ?? password}
}
userdb {
  driver = static
  args = uid=${owner.uid} gid=${owner.gid} home=${mail}/%u
}
${unprivileged}
# Without it every refused login makes the next ones wait longer.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
# One process serves one client after the other, which is faster than a new one for each.
service pop3 {
  service_count = 1000
}
service pop3-login {
  service_count = 0
  ${group === null ? '' : 'chroot ='}
  inet_listener pop3 {
    port = ${port}
  }
  inet_listener pop3s {
    port = ${tlsPort}
    ssl = yes
  }
}
`;
}

async function answering(port: number, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200 && server.exitCode === null; attempt++) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await wait(25);
    } finally {
      socket.destroy();
    }
  }
  throw new Error('it does not listen');
}

async function stopServer(server: ChildProcess, folder: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const exited = once(server, 'exit');
    server.kill('SIGTERM');
    await exited;
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}
