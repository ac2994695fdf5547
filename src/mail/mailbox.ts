/** The seam between the line and any mail server that keeps mail for the printer. */

export interface Mailbox {
  /** `user@host:port`; with a unique-id it names a message for ever. */
  readonly name: string;
  /** Logs in. Aborting the signal drops the session, at any time until it has ended. */
  open(signal: AbortSignal): Promise<MailboxSession>;
}

export interface ListedMessage {
  /** Valid in this session only. */
  number: number;
  /** Null when the server gave none that can be relied on: missing, garbled, or given to two messages at once. */
  uniqueId: string | null;
  /** As the server tells it, 0 when it does not: a hint, and never the truth. */
  octets: number;
}

/** One call at a time. Nothing is deleted before `quit` has returned. */
export interface MailboxSession {
  /** Every message that the server names in any way, by number; what is odd about one is logged. */
  list(): Promise<ListedMessage[]>;
  /** The header and the first `lines` of the body (RFC 1939 §7, TOP); null where the server gives none. At most maxTopBytes are kept. */
  top(message: ListedMessage, lines: number): Promise<Buffer | null>;
  /**
   * The message's bytes, as fast as they are taken; a chunk is good until the next one is asked for. Ends only after the last
   * byte and throws when the connection breaks before. Whoever stops early can go on with the next message. `ahead`: the
   * messages that are retrieved next, in this order; a server that pipelines (RFC 2449 §6.6) is asked for them already.
   */
  retrieve(message: ListedMessage, ahead?: readonly ListedMessage[]): AsyncIterable<Uint8Array>;
  /** Marks the messages; `quit` deletes them. One that the server refuses to delete is logged, and comes again. */
  delete(messages: readonly ListedMessage[]): Promise<void>;
  /** Deletes what was marked (RFC 1939 §6). Throws when the server did not confirm: some may still be there. */
  quit(): Promise<void>;
  /** Drops the session without QUIT: nothing is deleted. Harmless after `quit`. */
  close(): void;
}
