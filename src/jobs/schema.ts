/** The ledger's tables as kysely sees them; dates are epoch milliseconds, lists are JSON. */
import type { Generated } from 'kysely';
import type { JobState } from '#vocab/job-states.js';
import type { DocumentFormat, OutgoingMail, Verdict } from '#vocab/line.js';
import type { SplitForm } from '#vocab/split-mail.js';

export interface LedgerTables {
  messages: MessagesTable;
  quarantine: QuarantineTable;
  jobs: JobsTable;
  job_documents: JobDocumentsTable;
  job_events: JobEventsTable;
  contents: ContentsTable;
  outbox: OutboxTable;
  leases: LeasesTable;
  mailboxes: MailboxesTable;
  printers: PrintersTable;
  split_sets: SplitSetsTable;
  split_pieces: SplitPiecesTable;
}

export interface MessagesTable {
  id: Generated<number>;
  mailbox: string;
  unique_id: string;
  octets: number;
  /** Null for a message of the ledger's first version. */
  header_digest: string | null;
  /** 1 when only the header was fetched. */
  header_only: number;
  message_id: string | null;
  raw_digest: string;
  raw_bytes: number;
  content_digest: string | null;
  sender: string | null;
  description: string;
  /** 0 when the mail could not be read; it is, or was, in quarantine. */
  readable: number;
  decision: Verdict['decision'];
  reasons: string;
  trail: string;
  job_id: number | null;
  received_at: number;
  reported_at: number | null;
}

/** The mails that could not be read. */
export interface QuarantineTable {
  message: number;
  error: string;
  header: string;
  too_large: string | null;
  tries: number;
  tried_at: number;
  told_at: number | null;
  /** Null as long as its bytes are kept. */
  closed_at: number | null;
  closed_as: 'read' | 'dropped' | 'displaced' | null;
}

export interface JobsTable {
  id: Generated<number>;
  state: JobState;
  reasons: string;
  description: string;
  sender: string;
  notify: string;
  pages_expected: number | null;
  pages_confirmed: number | null;
  attempts: number;
  counter_before: number | null;
  conditions_told: string;
  left_out: string;
  created_at: number;
  completed_at: number | null;
  from_page: number;
  copies: number;
  attempt_limit: number;
  /** 1 when it need not wait for its sender's earlier jobs. */
  may_pass: number;
  held_since: number | null;
  release_code: string | null;
  /** The job that it prints once more; only a number, for that one may be gone by now. */
  again_of: number | null;
  /** When its sender was told which words can be replied, because another word had come. */
  helped_at: number | null;
}

export interface JobDocumentsTable {
  job_id: number;
  n: number;
  name: string;
  format: DocumentFormat;
  digest: string;
  bytes: number;
  not_printed: string | null;
}

/** Where the small contents lie; larger ones have files of their own. */
export interface ContentsTable {
  digest: string;
  pack: string;
  at: number;
  bytes: number;
}

export interface JobEventsTable {
  job_id: number;
  n: number;
  at: number;
  event: string;
}

export interface OutboxTable {
  id: Generated<number>;
  job_id: number | null;
  message_id: string;
  to: string;
  subject: string;
  text: string;
  in_reply_to: string | null;
  auto_submitted: OutgoingMail['autoSubmitted'];
  created_at: number;
  attempts: number;
  due_at: number;
  sent_at: number | null;
  given_up_at: number | null;
  last_error: string | null;
  /** By which a reply to it is known; null for a mail that is about no job. */
  token: string | null;
  /** When a reply to it has changed something; no other can. */
  used_at: number | null;
}

export interface MailboxesTable {
  mailbox: string;
  last_success_at: number | null;
  next_try_at: number | null;
  /** Null, as the error is, when the last look went well. */
  failing_since: number | null;
  error_code: string | null;
  error_text: string | null;
}

/** What was believed of each printer when it was written down last. */
export interface PrintersTable {
  printer: string;
  /** JSON, as `vocab/printer-status.ts` has it. */
  status: string;
  kept_at: number;
}

export interface LeasesTable {
  resource: string;
  host: string;
  pid: number;
  nonce: string;
  fence: number;
  until: number;
}

/** The pieces of one split mail; it is a job from the first of them. */
export interface SplitSetsTable {
  job_id: number;
  sender: string;
  form: SplitForm;
  split_id: string;
  /** `open` as long as the job is incoming. */
  fate: 'open' | 'joined' | 'ended';
  total: number | null;
  job_digest: string | null;
  /** The first piece's header, in `message/partial`; kept as long as the set is open. */
  head: string | null;
  /** What the first piece calls the document. */
  name: string | null;
  format: DocumentFormat | null;
  last_piece_at: number;
}

export interface SplitPiecesTable {
  job_id: number;
  number: number;
  digest: string;
  bytes: number;
}
