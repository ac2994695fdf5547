/** The values that travel down the line, in DESIGN's order; types only, so that no stage needs to import another. */
import type { JobState, JobStateReason } from './job-states.js';
import type { LeftOutKind } from './left-out.js';
import type { NoticeKind } from './notices.js';
import type { PieceLabel } from './split-mail.js';
import type { Part } from './wishes.js';

/** Bytes kept under their digest. */
export interface ContentRef {
  /** SHA-256, 64 lower-case hexadecimal digits. */
  digest: string;
  bytes: number;
}

/** A small content, which lies with others in one file. */
export interface PackedContent extends ContentRef {
  /** The name of the file. */
  pack: string;
  /** Where in it the content begins, in bytes. */
  at: number;
}

/** One piece of content being written. */
export interface ContentWriter {
  write(chunk: Uint8Array): Promise<void>;
  /** It can be read from now on; synced it is when the line comes to the ledger's desk. */
  commit(): Promise<ContentRef>;
  /** Forgets what was written; harmless after `commit`. */
  discard(): Promise<void>;
}

/** Where content is kept: ledger and spool in production, a throw-away folder for `check --mail`. */
export interface ContentStore {
  create(): Promise<ContentWriter>;
  /** A chunk is good until the next one is asked for; whoever needs it longer copies it. */
  read(ref: ContentRef): AsyncIterable<Uint8Array>;
}

/** What *fetch* leaves: a message, in the spool or at hand, and how the maildrop named it. */
export interface RawMessage {
  /** `user@host:port` of the maildrop. */
  mailbox: string;
  /** The unique-id that the server gave (RFC 1939 §7); where it gave none, one made of the message's bytes. */
  uniqueId: string;
  /** The size in octets that LIST announced. */
  octets: number;
  /** By which the message is known from another one that the server gives the same unique-id. */
  headerDigest: string;
  /** The whole message, or only its header: then this says why. */
  tooLarge: string | null;
  content: ContentRef;
  /** The content of a small message, which is not in the spool unless it has to stay. */
  bytes?: Uint8Array;
  /** Its number in quarantine, when it comes from there and not from the mail server. */
  quarantined?: number;
}

/** A field of a header that could not be read as a whole: cleaned for display, and no more than a hint. */
export interface HeaderLine {
  /** In lower case. */
  name: string;
  value: string;
}

/** Media types that we can tell apart by their first bytes; IPP's document-format. */
export type DocumentFormat =
  | 'application/postscript'
  | 'application/pdf'
  | 'application/vnd.hp-PCL'
  | 'application/vnd.hp-PCLXL'
  | 'image/jpeg'
  | 'image/png'
  | 'image/gif'
  | 'image/tiff'
  | 'image/heic'
  | 'image/avif'
  | 'image/webp'
  | 'image/bmp'
  | 'image/svg+xml'
  | 'image/wmf'
  | 'image/emf'
  | 'image/pwg-raster'
  | 'image/urf'
  | 'application/zip'
  /** Two families of media types; which of them it is, the first bytes do not always say. */
  | 'application/vnd.openxmlformats-officedocument'
  | 'application/vnd.oasis.opendocument'
  | 'application/x-ole-storage'
  | 'application/rtf'
  | 'application/xml'
  | 'text/plain'
  | 'text/html'
  | 'application/octet-stream';

export interface SubmittedDocument {
  /** Cleaned for display; never used as a path. */
  name: string;
  format: DocumentFormat;
  content: ContentRef;
}

/** A body part that does not go to the printer, and why. */
export interface LeftOutPart {
  name: string;
  mediaType: string;
  bytes: number;
  kind: LeftOutKind;
  /** Goes on after a colon: `it is empty`. */
  reason: string;
}

/** A decision's ground: a stable code and a sentence for people. */
export interface Reason {
  code: string;
  text: string;
}

/** What *read* leaves: a request to print, not yet believed. */
export interface Submission {
  /** The originator's address in lower case, or null when there is not exactly one; `senderProblem` then says why. */
  sender: string | null;
  senderProblem: string | null;
  /** With its angle brackets, as it stood in the mail; null when absent. */
  messageId: string | null;
  /** At most 80 characters. */
  description: string;
  /** The notices the sender asked for. */
  notify: NoticeKind[];
  /** Whether the job is to be held until it is released. */
  hold: boolean;
  /** Of which mails it may be an answer: their Message-IDs, newest first, or our mark; and what its text says. Null for no answer. */
  reply: { references: string[]; token: string | null; text: string } | null;
  /** Why this is automatic mail, never to be answered (RFC 3834); null when a person sent it. */
  automatic: string | null;
  /** Which piece of a split mail this is, or why that is not clear; null for a whole mail. A piece's bytes are its one document. */
  piece: { label: PieceLabel; problem: null } | { label: null; problem: string } | null;
  documents: SubmittedDocument[];
  /** Together with the documents, every part of the mail that has a body of its own. */
  leftOut: LeftOutPart[];
  /** Which limit the mail exceeds, in words, so that nothing of it is printed or listed; null for most. */
  tooMuch: string | null;
}

/** What *judge* leaves. */
export interface Verdict {
  decision: 'accept' | 'hold' | 'refuse';
  reasons: Reason[];
  /** Whether the sender may be answered at all (known, and not automatic mail). */
  mayReply: boolean;
}

/** What is known around one piece of a split mail: what came before of its sender's sets with the same form and id. */
export interface SetFacts {
  /** The set that is not joined yet. */
  open: SetSoFar | null;
  /** The job that this very piece was joined into before. */
  joinedInto: number | null;
  /** The newest set, when it ended without being joined. */
  ended: { jobId: number; lastPieceAt: number } | null;
  /** How many sets miss pieces, or may miss some. */
  unfinished: { ofSender: number; inAll: number };
}

export interface SetSoFar {
  jobId: number;
  total: number | null;
  jobDigest: string | null;
  pieces: number;
  bytes: number;
  /** The highest number that has come. */
  highest: number;
  /** The digest of the piece that came before under the number of this one, if any did. */
  sameNumber: string | null;
}

/** What *assemble* leaves of a piece. */
export type Assembly =
  | TakenPiece
  /** `silently`: the sender is not answered, who expects no answer or has had one. */
  | { action: 'refuse'; reason: Reason; silently: boolean };

export interface TakenPiece {
  action: 'take';
  reason: Reason;
  label: PieceLabel;
  /** The bytes of the piece. */
  document: SubmittedDocument;
  /** The job that the piece belongs to; null for a set that begins with it. */
  jobId: number | null;
  /** How many pieces the set has, and how many of them are missing now; null while that is not known. */
  total: number | null;
  missing: number | null;
  /** Why the job fails of this piece, in words; null for most. */
  failure: string | null;
}

/** How many pages: what the document says of itself, and what the printer counted. */
export interface PageCounts {
  expected: number | null;
  confirmed: number | null;
}

/** A durable job as every face shows it. */
export interface Job {
  id: number;
  state: JobState;
  reasons: JobStateReason[];
  description: string;
  sender: string;
  /** Empty for a sender who must not be answered. */
  notify: NoticeKind[];
  messageIds: string[];
  documents: JobDocument[];
  /** What the mail held besides. */
  leftOut: LeftOutPart[];
  pages: PageCounts;
  /** Epoch milliseconds. */
  createdAt: number;
  completedAt: number | null;
  /** How often printing was begun. */
  attempts: number;
  /** The newest attempt's page counter before its first byte; null when none was begun or the printer has none. */
  counterBefore: number | null;
  /** What of it is to be printed: from this page on, from 1, and how many times. */
  part: Part;
  /** The ended job that this one prints once more. */
  againOf: number | null;
  /** Since when it waits for somebody's word; epoch milliseconds, null for a job that does not. */
  heldSince: number | null;
  /** By which whoever stands at the printer releases it; null for a job that cannot be released. */
  releaseCode: string | null;
}

export interface JobDocument extends SubmittedDocument {
  /** Why it stays off the paper; null when it goes to the printer. */
  notPrinted: string | null;
}

/** What *convert* leaves: what this engine takes. */
export interface PrintReady {
  jobId: number;
  description: string;
  documents: PrintReadyDocument[];
  pagesExpected: number | null;
}

export interface PrintReadyDocument {
  /** Which of the job's documents it is, from 0. */
  place: number;
  name: string;
  format: DocumentFormat;
  content: ContentRef;
  /** The program's own bytes within the content, without junk and printers' commands around it; `to` is exclusive. */
  from: number;
  to: number;
  /** Holds bytes that a serial PostScript channel takes for control characters. */
  hasControlBytes: boolean;
  /** Encapsulated PostScript, which may leave it to us to put its page out. */
  encapsulated: boolean;
  /** A program of ours that goes in front of it, in the same job; empty for most. */
  prologue: string;
}

/** One `%%[ … ]%%` message of the printer, split at its semicolons. */
export interface BackChannelMessage {
  /** As it was between the brackets. */
  text: string;
  /** Keys in lower case. */
  fields: Record<string, string>;
}

/** How the interpreter left one document, by our own marker around it; `unknown` when the marker did not come. */
export interface DocumentEnd {
  end: 'finished' | 'error' | 'stopped' | 'canceled' | 'unknown';
  /** PostScript's error name and offending command, in the interpreter's own words. */
  error: { name: string; command: string } | null;
}

/** What *print* leaves: the evidence of one attempt; the verdict on it is `weighDelivery`. */
export interface Delivery {
  /** The printer's page counter before the first byte of the job, or null. */
  counterBefore: number | null;
  /** The counter after the last document; null when it is not known. */
  counterAfter: number | null;
  /** Pages of this very job by the printer's own word (IPP, PJL); null when it does not say. */
  pagesTold: number | null;
  /**
   * `confirmed`: the printer said that the job came to its end. `accepted`: it has the job, and says no more on this way.
   * `unknown`: neither came.
   */
  end: 'confirmed' | 'accepted' | 'unknown';
  documents: DocumentEnd[];
  bytesSent: number;
  /** The last messages of the printer during the job, in order. */
  messages: BackChannelMessage[];
  /** The printer may have got something that it prints; false proves that it has not. */
  begun: boolean;
  /** Why its end was not heard; null when it was. */
  broken: string | null;
  /** What the printer's counter says to the watch, beside this way; absent where nobody has watched. */
  watched?: WatchedCounter | undefined;
}

/** The printer's page counter as the watch has read it. */
export interface WatchedCounter {
  /** Before the first byte; null when it was not to be read, or said nothing of this job. */
  before: number | null;
  /** When the printer was through; null when that is not known. */
  after: number | null;
  /** The printer was not at rest before, so that it may have counted somebody else's pages. */
  isShared: boolean;
  /** It has been seen to move, so that to stand still says something. */
  isAlive: boolean;
}

/** A mail of ours, composed and ready for the outbox. */
export interface OutgoingMail {
  to: string;
  subject: string;
  text: string;
  /** The Message-ID it answers, with angle brackets. */
  inReplyTo: string | null;
  /** RFC 3834 §5: `auto-replied` answers a mail, `auto-generated` does not. */
  autoSubmitted: 'auto-replied' | 'auto-generated';
}
