/** The AUTHORIZATION state of POP3 (RFC 1939 §4): what the server can do, how to log in, and why it did not work. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '#base/clock.js';
import { isTemporary, PhaserLinkError } from '#base/errors.js';
import type { LoginMethod } from '#vocab/login-methods.js';
import type { Pop3Reply } from '#wire/pop3.js';
import {
  apopDigest,
  type Challenge,
  cancelLine,
  findTimestamp,
  formatAuth,
  formatAuthWithResponse,
  formatResponse,
} from '#wire/pop3-auth.js';
import { type Capabilities, parseCapabilities } from '#wire/pop3-capabilities.js';
import { type SaslLogin, type SaslMechanism, type SaslTurn, saslError } from '#wire/sasl.js';
import { chooseLogin, methodFacts } from './choose-login.js';
import type { AccessTokens } from './oauth/token-source.js';
import { Pop3Connection } from './pop3-connection.js';
import { blamesTheSystem, loginErrors, loginRefusal, tokenRefused } from './pop3-login-errors.js';
import type { Pop3Server } from './pop3-socket.js';

/** The password, or where access tokens of OAuth 2.0 come from: one that is valid now, at every call. */
export type Credentials = { password: string } | AccessTokens;

export interface LoginSettings extends Pop3Server {
  user: string;
  credentials: Credentials;
  /** `auto`, also when left out: the best that the server offers. */
  auth?: LoginMethod | 'auto' | undefined;
}

/** A session in the TRANSACTION state. */
export interface LoggedIn {
  connection: Pop3Connection;
  method: LoginMethod;
  /** Null from a server that does not tell them. */
  capabilities: Capabilities | null;
}

/** What the server said to the end of a login. */
interface Outcome {
  reply: Pop3Reply;
  /** Its own words of why it refuses, where the mechanism has them. */
  complaint?: string | undefined;
}

/** `worked` is the way to log in that has worked before. */
export async function logIn(
  settings: LoginSettings,
  worked: LoginMethod | null,
  clock: Clock,
  signal: AbortSignal,
): Promise<LoggedIn> {
  const { credentials } = settings;
  const attempt = (secret: string) => logInWith(secret, settings, worked, clock, signal);
  if ('password' in credentials) return attempt(credentials.password);
  // Before there is a connection, so that none has to wait for it.
  const token = await credentials.accessToken(signal);
  try {
    return await attempt(token);
  } catch (error) {
    if (!(error instanceof PhaserLinkError && error.code === tokenRefused)) throw error;
    // It may have been withdrawn before its time.
    const other = await credentials.accessToken(signal, token);
    if (other === token) throw error;
    return attempt(other);
  }
}

async function logInWith(
  secret: string,
  settings: LoginSettings,
  worked: LoginMethod | null,
  clock: Clock,
  signal: AbortSignal,
): Promise<LoggedIn> {
  const connection = await Pop3Connection.open(settings, clock, signal);
  try {
    const login = new Login(connection, settings, secret, await askCapabilities(connection));
    return await login.run(worked);
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** After STLS what was said before does not count (RFC 2595 §4); this is the first and only time that it is asked. */
async function askCapabilities(connection: Pop3Connection): Promise<Capabilities | null> {
  const { ok } = await connection.command('CAPA');
  if (!ok) return null;
  const { parsed } = await connection.listing((line) => line);
  const capabilities = parseCapabilities(parsed);
  // RFC 6856 §2: headers come as they are. A server that changes its mind sends them in ASCII, which is as good.
  if (capabilities.utf8) await connection.command('UTF8');
  return capabilities;
}

class Login {
  readonly #connection: Pop3Connection;
  readonly #settings: LoginSettings;
  readonly #secret: string;
  readonly #capabilities: Capabilities | null;
  readonly #timestamp: string | null;

  constructor(
    connection: Pop3Connection,
    settings: LoginSettings,
    secret: string,
    capabilities: Capabilities | null,
  ) {
    this.#connection = connection;
    this.#settings = settings;
    this.#secret = secret;
    this.#capabilities = capabilities;
    this.#timestamp = findTimestamp(connection.greeting);
    connection.conceal(secret);
  }

  async run(worked: LoginMethod | null): Promise<LoggedIn> {
    const choice = chooseLogin({
      auth: this.#settings.auth ?? 'auto',
      secret: 'password' in this.#settings.credentials ? 'password' : 'token',
      encrypted: this.#connection.tls !== null,
      capabilities: this.#capabilities,
      hasTimestamp: this.#timestamp !== null,
      worked,
    });
    if ('problem' in choice) throw loginErrors.impossible(this.#connection.server, choice.problem);
    let refused: unknown = null;
    for (const method of choice.methods) {
      const { reply, complaint } = await this.#attempt(method).catch((error) => {
        // Some servers hang up after a refusal; the refusal is the news.
        throw refused !== null && isTemporary(error) ? refused : error;
      });
      if (reply.ok) return { connection: this.#connection, method, capabilities: this.#capabilities };
      refused = loginRefusal(this.#connection.server, reply, {
        method,
        complaint: complaint === undefined ? null : this.#connection.withoutSecrets(complaint),
        encrypted: this.#connection.tls !== null,
        capabilities: this.#capabilities,
      });
      if (blamesTheSystem(reply)) break;
    }
    throw refused;
  }

  async #attempt(method: LoginMethod): Promise<Outcome> {
    const { user } = this.#settings;
    const { title, sasl } = methodFacts[method];
    if (sasl !== null) return this.#authenticate(title, sasl);
    if (method === 'apop') {
      const digest = apopDigest(this.#timestamp ?? '', this.#secret);
      return { reply: await this.#connection.command('APOP', user, digest) };
    }
    // RFC 1939 §7: the server may refuse the name already, or only the pair.
    const reply = await this.#connection.command('USER', user);
    return { reply: reply.ok ? await this.#connection.command('PASS', this.#secret) : reply };
  }

  async #authenticate(title: string, mechanism: SaslMechanism): Promise<Outcome> {
    const { user, host, port } = this.#settings;
    const nonce = randomBytes(18).toString('base64');
    const login: SaslLogin = { user, secret: this.#secret, host, port, nonce };
    let turn = mechanism(login);
    let answer = await this.#begin(title, turn);
    while (answer.ok === null) {
      turn = await this.#next(title, turn, answer);
      answer = await this.#respond(turn.response ?? Buffer.alloc(0));
    }
    if (answer.ok && !turn.complete) throw loginErrors.unproven(this.#connection.server, title);
    return { reply: answer, complaint: turn.complaint };
  }

  #respond(response: Buffer): Promise<Pop3Reply | Challenge> {
    // It holds the secret, or what can be guessed from it.
    if (response.length > 0) this.#connection.conceal(response.toString('base64'));
    return this.#connection.exchange(formatResponse(response));
  }

  async #next(title: string, turn: SaslTurn, { data }: Challenge): Promise<SaslTurn> {
    try {
      if (data === null) throw saslError('its challenge is not base64');
      return await turn.next(data);
    } catch (error) {
      // RFC 5034 §4: a dialogue that cannot go on is given up; what the server says to that changes nothing.
      await this.#connection.exchange(cancelLine).catch(() => undefined);
      throw loginErrors.dialogueFailed(this.#connection.server, title, error);
    }
  }

  /**
   * Two steps, the command and then the first response: every server takes that, and Exchange Online hangs up on a long
   * token in one line. A server that wants the one line (RFC 5034 §4) gets it when there is room.
   */
  async #begin(title: string, { response }: SaslTurn): Promise<Pop3Reply | Challenge> {
    const answer = await this.#connection.exchange(formatAuth(title));
    if (response === null) return answer;
    if (answer.ok === null) return this.#respond(response);
    const oneLine = answer.ok || answer.code !== null ? null : formatAuthWithResponse(title, response);
    return oneLine === null ? answer : this.#connection.exchange(oneLine);
  }
}
