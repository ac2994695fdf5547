/** The stage *fetch* and what belongs to it: which mails of the maildrop are new, bringing them into the spool, and removing them. */
import { errorText, LimitError, PhaserLinkError } from '#base/errors.js';
import type { RawMessage } from '#vocab/line.js';
import { HeaderFingerprint } from '#wire/header-fingerprint.js';
import type { Lease } from './jobs/leases.js';
import type { KnownMessage } from './jobs/messages.js';
import type { SpoolWriter } from './jobs/spool.js';
import { holdLease, type Line } from './line.js';
import type { ListedMessage, MailboxSession } from './mail/mailbox.js';

/** So many mails, or so many octets, are fetched before they are read and kept together. */
const batchMessages = 16;
const batchOctets = 16 * 1024 * 1024;

/** A mail is in the spool as it came and, until it is committed, once more as its documents. */
const roomForEachOctet = 2;

/** A mail in the spool, and what the server calls it. */
export interface FetchedMail {
  listed: ListedMessage;
  message: RawMessage;
}

/** What the maildrop holds, in its order. */
export interface Survey {
  /** To be fetched. */
  fresh: ListedMessage[];
  /** Decided before, by the hour to be removed. */
  done: ListedMessage[];
}

/** Only one process at a time works on what comes from a mailbox, and no other writes content into the spool or removes any. */
export function withMailbox<T>(line: Line, run: (lease: Lease) => Promise<T>): Promise<T> {
  return holdLease(line, `mailbox:${line.mailbox.name}`, run);
}

/** Opens the maildrop and closes it whatever happens; without QUIT nothing is deleted. */
export async function withMaildrop(
  line: Line,
  signal: AbortSignal,
  run: (maildrop: MailboxSession) => Promise<void>,
): Promise<void> {
  const maildrop = await line.mailbox.open(signal);
  try {
    await run(maildrop);
  } finally {
    maildrop.close();
  }
}

/** Tells the mails that are new from those whose fate is in the ledger already. */
export async function survey(line: Line, maildrop: MailboxSession): Promise<Survey> {
  const { ledger, mailbox, memory } = line;
  const listing = await maildrop.list();
  const uniqueIds = listing.flatMap(({ uniqueId }) => uniqueId ?? []);
  const known = new Map<string, KnownMessage[]>();
  for (const message of await ledger.knownMessages(mailbox.name, uniqueIds)) {
    known.set(message.uniqueId, [...(known.get(message.uniqueId) ?? []), message]);
  }
  // Only what lies in the maildrop without a break is the same mail for certain.
  const listed = new Set(uniqueIds);
  for (const remembered of Object.values(memory)) {
    for (const uniqueId of remembered) if (!listed.has(uniqueId)) remembered.delete(uniqueId);
  }

  const found: Survey = { fresh: [], done: [] };
  for (const message of listing) {
    const before = await recognise(line, maildrop, message, known.get(message.uniqueId ?? '') ?? []);
    if (before === null) found.fresh.push(message);
    else if (isDue(line, before.receivedAt, message)) found.done.push(message);
  }
  return found;
}

/** A unique-id and a size may be given again to another mail (RFC 1939 §7 forbids it, not all obey): the header decides. */
async function recognise(
  { memory: { recognised }, log }: Line,
  maildrop: MailboxSession,
  listed: ListedMessage,
  candidates: readonly KnownMessage[],
): Promise<KnownMessage | null> {
  const { uniqueId, octets } = listed;
  const sameSize = candidates.filter((known) => known.octets === octets);
  const newest = sameSize.at(-1);
  if (uniqueId === null || newest === undefined) return null;
  if (recognised.has(uniqueId)) return newest;
  const header = await maildrop.top(listed, 0);
  // A server without TOP leaves its word, or the whole mail: then its bytes tell.
  const digest = header && fingerprintOf(header);
  const same = sameSize.findLast(({ headerDigest }) => headerDigest === null || headerDigest === digest);
  if (same === undefined) {
    const text = `mail ${uniqueId} is fetched: it is not the one that had this unique-id before`;
    log.info({ event: 'unique-id-again', uniqueId, octets }, text);
    return null;
  }
  recognised.add(uniqueId);
  const text = `mail ${uniqueId} was handled before`;
  log.info({ event: 'already-handled', uniqueId }, text);
  return same;
}

function fingerprintOf(header: Uint8Array): string {
  const fingerprint = new HeaderFingerprint();
  fingerprint.push(header);
  return fingerprint.digest();
}

/** Whether a mail whose fate is in the ledger has lain on the server for as long as the settings say. */
function isDue(line: Line, receivedAt: number, listed: ListedMessage): boolean {
  const { keepMs, tooLarge } = line.policy.fetch;
  if (tooLarge === 'leave' && tooLargeToFetch(line, listed) !== null) return false;
  return line.clock.now() - receivedAt >= keepMs;
}

/** Those of the mails just handled that need not stay on the server. */
export function whatIsDone(
  line: Line,
  kept: readonly { listed: ListedMessage; receivedAt: number }[],
): ListedMessage[] {
  return kept.filter(({ listed, receivedAt }) => isDue(line, receivedAt, listed)).map(({ listed }) => listed);
}

/** Brings mails into the spool, several at a time; those that stay on the server are not among them. */
export async function* fetch(
  line: Line,
  maildrop: MailboxSession,
  fresh: readonly ListedMessage[],
  signal: AbortSignal,
): AsyncGenerator<FetchedMail[]> {
  for (const batch of batches(fresh)) {
    if (signal.aborted) return;
    const fitting = await thoseWithRoom(line, batch);
    const mails: FetchedMail[] = [];
    for (const [place, listed] of fitting.entries()) {
      const ahead = fitting.slice(place + 1).filter((next) => tooLargeToFetch(line, next) === null);
      const message = await fetchOne(line, maildrop, listed, ahead);
      if (message !== null) mails.push({ listed, message });
    }
    if (mails.length > 0) yield mails;
  }
}

function* batches(messages: readonly ListedMessage[]): Generator<ListedMessage[]> {
  let batch: ListedMessage[] = [];
  let octets = 0;
  for (const message of messages) {
    const isFull = batch.length === batchMessages || octets + message.octets > batchOctets;
    if (batch.length > 0 && isFull) {
      yield batch;
      batch = [];
      octets = 0;
    }
    batch.push(message);
    octets += message.octets;
  }
  if (batch.length > 0) yield batch;
}

/** A mail that does not fit now is left for the next look, and smaller ones go on. */
async function thoseWithRoom(line: Line, batch: readonly ListedMessage[]): Promise<ListedMessage[]> {
  const { spool, log } = line;
  const { folder, freeBytes } = await spool.room();
  let left = freeBytes;
  return batch.filter((listed) => {
    const { octets } = listed;
    const needed = tooLargeToFetch(line, listed) === null ? octets * roomForEachOctet : 0;
    if (needed <= left) {
      left -= needed;
      return true;
    }
    const name = nameOf(listed);
    const text = `mail ${name} of ${octets} octets waits on the mail server: ${folder} has ${left} bytes free; make room there`;
    log.warn({ event: 'no-room', uniqueId: name, octets, folder, freeBytes: left }, text);
    return false;
  });
}

/** Null for a mail that the server does not hand out this time; it stays there and does not stop those behind it. */
async function fetchOne(
  line: Line,
  maildrop: MailboxSession,
  listed: ListedMessage,
  ahead: readonly ListedMessage[],
): Promise<RawMessage | null> {
  const { octets } = listed;
  const { maxMessageBytes } = line.policy.fetch;
  const tooLarge = tooLargeToFetch(line, listed);
  const writer = await line.spool.create();
  try {
    const bytes = tooLarge === null ? maildrop.retrieve(listed, ahead) : headerOf(maildrop, listed);
    const headerDigest = await copy(bytes, writer, maxMessageBytes);
    const content = await writer.commit();
    const uniqueId = listed.uniqueId ?? `bytes-${content.digest}`;
    const text = `fetched ${tooLarge === null ? '' : 'the header of '}mail ${uniqueId}, ${content.bytes} bytes`;
    line.log.info({ event: 'fetched', uniqueId, bytes: content.bytes }, text);
    return { mailbox: line.mailbox.name, uniqueId, octets, headerDigest, tooLarge, content };
  } catch (error) {
    await writer.discard();
    if (!(error instanceof LimitError || isRefused(error))) throw error;
    leave(line, listed, error);
    return null;
  }
}

/** Why nothing of a mail of this size but its header is read; null for one that is not too large. */
export function whyTooLarge(octets: number, maxMessageBytes: number): string | null {
  return octets > maxMessageBytes ? `a mail may have ${maxMessageBytes} octets, and this one has more` : null;
}

/** Also one that was found to be larger than the server says. */
function tooLargeToFetch({ policy, memory }: Line, { uniqueId, octets }: ListedMessage): string | null {
  const size = memory.oversized.has(uniqueId ?? '') ? Number.POSITIVE_INFINITY : octets;
  return whyTooLarge(size, policy.fetch.maxMessageBytes);
}

/** It is tried again at the next look; the same trouble is told once. */
function leave({ memory, log }: Line, listed: ListedMessage, error: unknown): void {
  const { uniqueId, octets } = listed;
  if (uniqueId !== null) {
    if (error instanceof LimitError) memory.oversized.add(uniqueId);
    if (memory.refused.has(uniqueId)) return;
    memory.refused.add(uniqueId);
  }
  const text = `mail ${nameOf(listed)} stays on the mail server for now: ${errorText(error)}`;
  log.warn({ event: 'left-on-server', uniqueId, octets }, text);
}

async function* headerOf(maildrop: MailboxSession, listed: ListedMessage): AsyncGenerator<Uint8Array> {
  const header = await maildrop.top(listed, 0);
  if (header !== null) yield header;
}

/** Returns the header's fingerprint. */
async function copy(
  bytes: AsyncIterable<Uint8Array>,
  writer: SpoolWriter,
  maxBytes: number,
): Promise<string> {
  const fingerprint = new HeaderFingerprint();
  let total = 0;
  for await (const chunk of bytes) {
    total += chunk.length;
    // What LIST said need not be true.
    if (total > maxBytes) throw new LimitError('a mail', maxBytes, 'octets');
    fingerprint.push(chunk);
    await writer.write(chunk);
  }
  return fingerprint.digest();
}

function isRefused(error: unknown): boolean {
  return error instanceof PhaserLinkError && error.code === 'pop3-command-refused';
}

function nameOf({ uniqueId, number }: ListedMessage): string {
  return uniqueId ?? `without unique-id (number ${number} today)`;
}
