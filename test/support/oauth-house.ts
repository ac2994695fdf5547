/** A house whose mailbox is a Dovecot and whose mail server is an SMTP server, both of which take only access tokens. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { errorText } from '#base/errors.js';
import type { OAuthFlow } from '#vocab/oauth.js';
import { type AuthorizeEvent, authorize } from '../../src/authorize.js';
import { checkEverything } from '../../src/check.js';
import { makeCertificate } from './certificate.js';
import { type CliHouse, openCliHouse } from './cli-house.js';
import { type Dovecot, startDovecot } from './dovecot.js';
import { OAuthServer, type OAuthServerOptions } from './oauth-server.js';
import { type CliResult, type RunningCli, runCli, stackTrace, startCli } from './run-cli.js';
import { type SmtpSink, startSmtpSink } from './smtp-sink.js';
import { temporaryFolder } from './temporary-folder.js';

export const user = 'printer@example.com';

/** What the command writes with --json; only what the tests look at. */
type Told = { event: string } & Record<string, unknown>;

export class OAuthHouse {
  readonly #house: CliHouse;
  readonly provider: OAuthServer;
  readonly dovecot: Dovecot;
  readonly smtp: SmtpSink;

  private constructor(house: CliHouse, provider: OAuthServer, dovecot: Dovecot, smtp: SmtpSink) {
    this.#house = house;
    this.provider = provider;
    this.dovecot = dovecot;
    this.smtp = smtp;
  }

  /** Ends with the running test. */
  static async build(
    options: OAuthServerOptions & { flow?: OAuthFlow; withPrinter?: boolean } = {},
  ): Promise<OAuthHouse> {
    const provider = await OAuthServer.start({ intervalSeconds: 1, ...options });
    const dovecot = await startDovecot({ tokenInfoUrl: provider.tokenInfoUrl });
    onTestFinished(() => dovecot.stop());
    // A maildrop is there from the first mail on.
    await dovecot.deliver(user, mailFrom('stranger@example.net'));
    const certificate = await makeCertificate(temporaryFolder());
    const smtp = await startSmtpSink(tokenLogin(provider, certificate));
    const mailbox = `{ host: localhost, port: ${dovecot.tlsPort}, user: ${user}, caFile: pop3.pem, auth: xoauth2, oauth: ${provider.settings(options.flow)} }`;
    const mailServer = `{ host: localhost, port: ${smtp.smtp.port}, from: ${user}, caFile: smtp.pem, oauth: mailbox }`;
    const house = await openCliHouse({
      without: options.withPrinter ? ['mailroom'] : ['mailroom', 'printer'],
      change: (settings) =>
        settings.replace(/^mailbox:.*$/m, `mailbox: ${mailbox}`).replace(/^smtp:.*$/m, `smtp: ${mailServer}`),
    });
    writeFileSync(join(house.folder, 'pop3.pem'), dovecot.ca);
    writeFileSync(join(house.folder, 'smtp.pem'), certificate.ca);
    return new OAuthHouse(house, provider, dovecot, smtp);
  }

  get config(): string {
    return this.#house.config;
  }

  get tokenFile(): string {
    return join(this.#house.folder, 'data', 'oauth-tokens.json');
  }

  /** What is kept, or null. */
  get kept(): string | null {
    return existsSync(this.tokenFile) ? readFileSync(this.tokenFile, 'utf8') : null;
  }

  /** As if an hour had passed since the last renewal. */
  letTokenEnd(): void {
    const content = JSON.parse(this.kept ?? '') as { grants: Record<string, unknown>[] };
    const hourMs = 3_600_000;
    for (const grant of content.grants) {
      for (const time of ['obtainedAt', 'accessTokenEndsAt']) grant[time] = Number(grant[time]) - hourMs;
    }
    writeFileSync(this.tokenFile, JSON.stringify(content));
  }

  start(command: string, ...args: string[]): RunningCli {
    return startCli('phaserlink', [command, '--config', this.config, ...args], { interactive: true });
  }

  /** Signs in with `authorize --json`; `signIn` does what the person has to do. */
  async authorize(signIn: (prompt: Told) => void | Promise<void>): Promise<CliResult & { told: Told[] }> {
    const running = this.start('authorize', '--json');
    const [line] = await running.line(/^.*"event":"sign-in".*$/);
    await signIn(JSON.parse(line));
    const result = this.unrevealing(await running.ended);
    return {
      ...result,
      told: result.stdout
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text) as Told),
    };
  }

  /** The same in this process. */
  async authorizeHere(signIn: (prompt: Told) => void | Promise<void>): Promise<CliResult & { told: Told[] }> {
    const told: Told[] = [];
    const signedIn: (void | Promise<void>)[] = [];
    const tell = (event: AuthorizeEvent) => {
      told.push(event);
      if (event.event === 'sign-in') signedIn.push(signIn(event));
    };
    const { status, stderr } = await authorize(this.config, tell, new AbortController().signal).then(
      (worked) => ({ status: worked ? 0 : 1, stderr: '' }),
      (error) => ({ status: 1, stderr: errorText(error) }),
    );
    await Promise.all(signedIn);
    const stdout = told.map((event) => JSON.stringify(event)).join('\n');
    return { ...this.unrevealing({ status, signal: null, stdout, stderr }), told };
  }

  /** Somebody enters the code and signs in with this account. */
  signInAs(account: string): (prompt: Told) => void {
    return ({ userCode }) => this.provider.enter(String(userCode), { user: account });
  }

  async check(): Promise<{ status: number | null; parts: Record<string, { result: string; text: string }> }> {
    const ran = await runCli('phaserlink', ['check', '--config', this.config, '--json']);
    const { status, stdout } = this.unrevealing(ran);
    const results = JSON.parse(stdout) as { part: string; result: string; text: string }[];
    return { status, parts: Object.fromEntries(results.map((result) => [result.part, result])) };
  }

  /** The same in this process. */
  async checkHere(): Promise<{ parts: Record<string, { result: string; text: string }> }> {
    const results = await checkEverything(this.config);
    this.unrevealing({ status: 0, signal: null, stdout: JSON.stringify(results), stderr: '' });
    return { parts: Object.fromEntries(results.map((result) => [result.part, result])) };
  }

  /** Whatever a command writes, it shows no secret and nothing of its inside. */
  unrevealing(result: CliResult): CliResult {
    for (const secret of this.provider.secrets) expect(result.stdout + result.stderr).not.toContain(secret);
    expect(result.stdout + result.stderr).not.toMatch(stackTrace);
    return result;
  }
}

/** A mail with a small document. */
export function mailFrom(sender: string): Buffer {
  const lines = [
    `From: ${sender}`,
    `To: ${user}`,
    `Message-ID: <${sender}>`,
    'X-PhaserLink-Notify: printed',
    'Content-Type: application/postscript',
    '',
    '%!PS',
    '20 20 moveto 80 80 lineto stroke showpage',
    '',
  ];
  return Buffer.from(lines.join('\r\n'));
}

function tokenLogin(provider: OAuthServer, { certFile, keyFile }: { certFile: string; keyFile: string }) {
  return {
    secure: true,
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    authOptional: false,
    authMethods: ['XOAUTH2'],
    onAuth(
      auth: { username?: string; accessToken?: string },
      _session: unknown,
      callback: (error: Error | null, response?: { user?: string; data?: Record<string, string> }) => void,
    ) {
      const good = auth.username === user && provider.isActive(auth.accessToken ?? '');
      callback(null, good ? { user } : { data: { status: '401', schemes: 'bearer' } });
    },
  };
}
