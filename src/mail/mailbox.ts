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
  uniqueId: string;
  octets: number;
}

/** One call at a time. Nothing is deleted before `quit` has returned. */
export interface MailboxSession {
  /** In the server's order; a message that the server listed only by half is left out and logged. */
  list(): Promise<ListedMessage[]>;
  /**
   * The message's bytes, as fast as they are taken. Ends only after the last byte and throws when the connection
   * breaks before. Whoever stops early can go on with the next message.
   */
  retrieve(message: ListedMessage): AsyncIterable<Uint8Array>;
  /** Marks the message; `quit` deletes it. */
  delete(message: ListedMessage): Promise<void>;
  /** Deletes what was marked (RFC 1939 §6). Throws when the server did not confirm: some may still be there. */
  quit(): Promise<void>;
  /** Drops the session without QUIT: nothing is deleted. Harmless after `quit`. */
  close(): void;
}
