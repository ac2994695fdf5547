/**
 * The client's side of SASL (RFC 4422) as pure steps: each turn is a value that says what to send and how to go on. Nothing
 * here sends anything, so every mechanism can be held against the bytes of its standard.
 */
import { PhaserLinkError } from '#base/errors.js';

export interface SaslLogin {
  user: string;
  /** The password, or the access token of the OAuth mechanisms. */
  secret: string;
  /** Of the server. */
  host: string;
  port: number;
  /** Random and never used before, printable ASCII without commas. */
  nonce: string;
}

export interface SaslTurn {
  /** What the client says now; null, in the first turn only, when the server has to speak first. */
  response: Buffer | null;
  /** Whether the server may now say that the login is done: it has proved all that it had to prove. */
  complete: boolean;
  /** Why the server will refuse, in the words of its last challenge. */
  complaint?: string;
  /** The turn that answers a challenge. Throws PhaserLinkError when the challenge makes no sense or proves a false server. */
  next(challenge: Buffer): Promise<SaslTurn>;
}

export type SaslMechanism = (login: SaslLogin) => SaslTurn;

/** The server has said something that the mechanism does not foresee. */
export function saslError(text: string): PhaserLinkError {
  return new PhaserLinkError({ code: 'sasl-failed', retry: 'permanent', text });
}

/** `next` of a turn after which there is nothing more to say. */
export async function noFurtherTurn(): Promise<never> {
  throw saslError('it asks for more than this way to log in has');
}

/** A text that stands between separators; the separator in it would end it early. */
export function withoutSeparator(what: string, text: string, separator: '\0' | '\x01'): string {
  if (!text.includes(separator)) return text;
  throw saslError(`${what} holds a control character; take it out of the settings`);
}
