/** How the printer's mailbox fares, as one value for everyone who shows it. */

export interface MailboxStatus {
  /** `user@host:port`. */
  mailbox: string;
  /** When it was last emptied; epoch milliseconds, null when it never was. */
  lastSuccessAt: number | null;
  /** When the server looks into it again by itself; null when it ran for one look only. */
  nextTryAt: number | null;
  /** Null when the last look went well. */
  trouble: MailboxTrouble | null;
}

export interface MailboxTrouble {
  /** The first failure since the last success; epoch milliseconds. */
  since: number;
  /** The error's stable code. */
  code: string;
  /** For the administrator. */
  text: string;
}
