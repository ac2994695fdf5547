/** The ledger's tables, version by version: a released step is never changed, only followed by another. */
import { PhaserLinkError } from '#base/errors.js';
import type { LedgerDatabase } from './ledger-database.js';

const randomLetter = "substr('BCDFGHJKLMNPQRSTVWXZ', abs(random()) % 20 + 1, 1)";

export const steps: readonly string[][] = [
  [
    `create table jobs (
      id integer primary key autoincrement,
      state text not null,
      reasons text not null,
      description text not null,
      sender text not null,
      notify text not null,
      pages_expected integer,
      pages_confirmed integer,
      attempts integer not null,
      counter_before integer,
      conditions_told text not null,
      created_at integer not null,
      completed_at integer
    ) strict`,
    'create index jobs_by_state on jobs (state, id)',
    `create table job_documents (
      job_id integer not null references jobs (id),
      n integer not null,
      name text not null,
      format text not null,
      digest text not null,
      bytes integer not null,
      not_printed text,
      primary key (job_id, n)
    ) strict, without rowid`,
    `create table job_events (
      job_id integer not null references jobs (id),
      n integer not null,
      at integer not null,
      event text not null,
      primary key (job_id, n)
    ) strict, without rowid`,
    `create table messages (
      id integer primary key autoincrement,
      mailbox text not null,
      unique_id text not null,
      octets integer not null,
      message_id text,
      raw_digest text not null,
      raw_bytes integer not null,
      content_digest text,
      sender text,
      description text not null,
      readable integer not null,
      decision text not null,
      reasons text not null,
      trail text not null,
      job_id integer references jobs (id),
      received_at integer not null,
      reported_at integer,
      unique (mailbox, unique_id, octets)
    ) strict`,
    'create index messages_by_message_id on messages (message_id)',
    'create index messages_by_raw_digest on messages (raw_digest)',
    'create index messages_by_job on messages (job_id)',
    `create index messages_unreported on messages (id) where decision = 'refuse' and reported_at is null`,
    'create index messages_unreadable on messages (raw_digest) where readable = 0',
    `create table outbox (
      id integer primary key autoincrement,
      job_id integer references jobs (id),
      message_id text not null unique,
      "to" text not null,
      subject text not null,
      text text not null,
      in_reply_to text,
      auto_submitted text not null,
      created_at integer not null,
      attempts integer not null,
      due_at integer not null,
      sent_at integer,
      given_up_at integer,
      last_error text
    ) strict`,
    'create index outbox_due on outbox (due_at) where sent_at is null and given_up_at is null',
    `create table leases (
      resource text primary key,
      host text not null,
      pid integer not null,
      nonce text not null,
      fence integer not null,
      until integer not null
    ) strict, without rowid`,
  ],
  [
    // A unique-id may be given again to another mail of the same size, so that only its bytes make it one of a kind.
    'alter table messages rename to older_messages',
    `create table messages (
      id integer primary key autoincrement,
      mailbox text not null,
      unique_id text not null,
      octets integer not null,
      header_digest text,
      header_only integer not null default 0,
      message_id text,
      raw_digest text not null,
      raw_bytes integer not null,
      content_digest text,
      sender text,
      description text not null,
      readable integer not null,
      decision text not null,
      reasons text not null,
      trail text not null,
      job_id integer references jobs (id),
      received_at integer not null,
      reported_at integer,
      unique (mailbox, unique_id, octets, raw_digest)
    ) strict`,
    `insert into messages select id, mailbox, unique_id, octets, null, 0, message_id, raw_digest, raw_bytes, content_digest,
      sender, description, readable, decision, reasons, trail, job_id, received_at, reported_at from older_messages`,
    'drop table older_messages',
    'create index messages_by_message_id on messages (message_id)',
    'create index messages_by_raw_digest on messages (raw_digest)',
    'create index messages_by_job on messages (job_id)',
    `create index messages_unreported on messages (id) where decision = 'refuse' and reported_at is null`,
    'create index messages_unreadable on messages (raw_digest) where readable = 0',
    `create table mailboxes (
      mailbox text primary key,
      last_success_at integer,
      next_try_at integer,
      failing_since integer,
      error_code text,
      error_text text
    ) strict, without rowid`,
  ],
  [
    `create table split_sets (
      job_id integer primary key references jobs (id),
      sender text not null,
      form text not null,
      split_id text not null,
      fate text not null,
      total integer,
      job_digest text,
      head text,
      name text,
      format text,
      last_piece_at integer not null
    ) strict`,
    `create unique index split_sets_open on split_sets (sender, form, split_id) where fate = 'open'`,
    'create index split_sets_by_id on split_sets (sender, form, split_id, job_id)',
    `create table split_pieces (
      job_id integer not null references split_sets (job_id),
      number integer not null,
      digest text not null,
      bytes integer not null,
      primary key (job_id, number)
    ) strict, without rowid`,
  ],
  [`alter table jobs add column left_out text not null default '[]'`],
  [
    `create table quarantine (
      message integer primary key references messages (id),
      error text not null,
      header text not null,
      too_large text,
      tries integer not null,
      tried_at integer not null,
      told_at integer,
      closed_at integer,
      closed_as text
    ) strict`,
    // Of the mails that were put aside so far, the bytes of the newest 256 MB are still there.
    `insert into quarantine select id, coalesce(json_extract(reasons, '$[0].text'), 'it could not be read'), '[]', null, 1,
      received_at, reported_at, iif(bytes > 268435456, received_at, null), iif(bytes > 268435456, 'displaced', null)
      from (select *, sum(raw_bytes) over (order by id desc) as bytes from messages where readable = 0)`,
    'create index quarantine_open on quarantine (message) where closed_at is null',
    'create index quarantine_untold on quarantine (message) where told_at is null',
    'drop index messages_unreadable',
  ],
  [
    'alter table jobs add column from_page integer not null default 1',
    'alter table jobs add column copies integer not null default 1',
    'alter table jobs add column attempt_limit integer not null default 3',
    'alter table jobs add column may_pass integer not null default 0',
    'alter table jobs add column held_since integer',
    'alter table jobs add column release_code text',
    'alter table jobs add column again_of integer',
    'alter table jobs add column helped_at integer',
    // Until now nobody could release them: their time begins here.
    `update jobs set held_since = cast(strftime('%s', 'now') as integer) * 1000
      where state = 'pending-held' and reasons not like '%job-incoming%'`,
    // Six letters, drawn anew for each row.
    `update jobs set release_code = ${Array(6).fill(randomLetter).join(' || ')}
      where state = 'pending-held' and reasons = '["job-hold-until-specified"]'`,
    `update jobs set reasons = '["job-hold-until-specified","errors-detected"]'
      where state = 'pending-held' and reasons = '["job-hold-until-specified"]' and 'not-printed' = (
        select json_extract(event, '$.type') from job_events where job_id = id order by n desc limit 1
      )`,
    'create index jobs_held on jobs (held_since) where held_since is not null',
    `create unique index jobs_by_release_code on jobs (release_code) where release_code is not null`,
    'alter table outbox add column token text',
    'alter table outbox add column used_at integer',
    'create unique index outbox_by_token on outbox (token) where token is not null',
    'create index outbox_by_job on outbox (job_id)',
    'create index messages_by_age on messages (received_at)',
    'create index jobs_by_end on jobs (completed_at) where completed_at is not null',
  ],
  [
    `create table contents (
      digest text not null primary key,
      pack text not null,
      at integer not null,
      bytes integer not null
    ) strict, without rowid`,
  ],
  [
    `create table printers (
      printer text primary key,
      status text not null,
      kept_at integer not null
    ) strict, without rowid`,
  ],
];

/** The version that this program reads and writes. */
export const schemaVersion = steps.length;

/** Brings an older ledger to our version; a newer one is refused, for we would misread it. */
export async function migrate(database: LedgerDatabase, where: string): Promise<void> {
  await database.transact('begin immediate', async (transaction) => {
    const version = readSchemaVersion(transaction);
    if (version > schemaVersion) throw versionError(version, where);
    if (version === schemaVersion) return;
    for (const statement of steps.slice(version).flat()) {
      transaction.rows(statement);
    }
    transaction.rows(`pragma user_version = ${schemaVersion}`);
  });
}

/** For a reader, which may not migrate: the version must be ours exactly. */
export function demandSchemaVersion(database: LedgerDatabase, where: string): void {
  const version = readSchemaVersion(database);
  if (version !== schemaVersion) throw versionError(version, where);
}

function readSchemaVersion(database: LedgerDatabase): number {
  const [row] = database.rows<{ user_version: number }>('pragma user_version');
  return row?.user_version ?? 0;
}

function versionError(version: number, where: string): PhaserLinkError {
  const newer = version > schemaVersion;
  return new PhaserLinkError({
    code: newer ? 'ledger-newer' : 'ledger-older',
    retry: 'permanent',
    text: newer
      ? `${where} has version ${version}, written by a newer PhaserLink; this one knows ${schemaVersion}. Install the newer program again`
      : `${where} has version ${version}, this program reads ${schemaVersion}. Start the server once; it brings the ledger up to date`,
  });
}
