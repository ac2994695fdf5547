/** The stage *fetch* and what belongs to it: which mails of the maildrop are new, taking them in, and removing them. */
import { errorText, isSystemError, LimitError, PhaserLinkError } from '#base/errors.js';
import type { RawMessage } from '#vocab/line.js';
import { HeaderFingerprint } from '#wire/header-fingerprint.js';
import type { Lease } from './jobs/leases.js';
import type { KnownMessage } from './jobs/messages.js';
import { distrustSpool, holdLease, type Line } from './line.js';
import type { ListedMessage, MailboxSession } from './mail/mailbox.js';
import { takeIn } from './take-in.js';

/** So many mails, or so many octets, are fetched before they are read and kept together. */
const batchMessages = 16;
const batchOctets = 16 * 1024 * 1024;

/** A mail is in the spool as it came and, until it is committed, once more as its documents. */
const roomForEachOctet = 2;

/** A mail at which the connection has broken again and again is tried once in so many looks. */
const maxLooksPassedOver = 64;

/** A mail that is here, and what the server calls it. */
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
  const listed = new Set(listing.map(memoryKey));
  memory.listed = { uniqueIds: new Set(uniqueIds), unnamed: uniqueIds.length < listing.length };
  memory.noRoom = null;
  const { recognised, oversized, refused, troublesome } = memory;
  for (const remembered of [recognised, oversized, refused, troublesome]) {
    for (const key of remembered.keys()) if (!listed.has(key)) remembered.delete(key);
  }

  const found: Survey = { fresh: [], done: [] };
  for (const message of listing) {
    if (isPassedOver(line, message)) continue;
    const before = await recognise(line, maildrop, message, known.get(message.uniqueId ?? '') ?? []);
    if (before === null) found.fresh.push(message);
    else if (before !== 'unclear' && isDue(line, before)) found.done.push(message);
  }
  // At which the connection has broken: last, so that it costs nobody else anything.
  const hasTrouble = (message: ListedMessage) => memory.troublesome.has(memoryKey(message));
  found.fresh.sort((one, other) => Number(hasTrouble(one)) - Number(hasTrouble(other)));
  return found;
}

/** For what is only remembered to ask and tell less: of mails without a unique-id the size has to do. */
function memoryKey({ uniqueId, octets }: ListedMessage): string {
  return uniqueId ?? `without unique-id, ${octets} octets`;
}

/** A mail at which the connection has broken is tried again, but not so often that those behind it never have their turn. */
function isPassedOver({ memory }: Line, listed: ListedMessage): boolean {
  const trouble = memory.troublesome.get(memoryKey(listed));
  if (trouble === undefined || trouble.looksLeft === 0) return false;
  trouble.looksLeft--;
  return true;
}

function noteTrouble({ memory, log }: Line, listed: ListedMessage): void {
  const key = memoryKey(listed);
  const times = (memory.troublesome.get(key)?.times ?? 0) + 1;
  const looksLeft = Math.min(2 ** times, maxLooksPassedOver) - 1;
  memory.troublesome.set(key, { times, looksLeft });
  const text = `the connection to the mail server broke at mail ${nameOf(listed)}; it is passed over for ${looksLeft} looks`;
  log.warn({ event: 'passed-over', uniqueId: listed.uniqueId, looksLeft }, text);
}

/** A unique-id and a size may be given again to another mail (RFC 1939 §7 forbids it, not all obey): the header decides. */
async function recognise(
  line: Line,
  maildrop: MailboxSession,
  listed: ListedMessage,
  candidates: readonly KnownMessage[],
): Promise<KnownMessage | 'unclear' | null> {
  const { memory, policy, log } = line;
  const { uniqueId, octets } = listed;
  const sameSize = candidates.filter((known) => known.octets === octets);
  const newest = sameSize.at(-1);
  if (uniqueId === null || newest === undefined) return null;
  if (memory.recognised.has(uniqueId)) return newest;
  const header = await topOf(line, maildrop, listed);
  if (header === 'refused') return 'unclear';
  // A server without TOP leaves its word, or the whole mail: then its bytes tell.
  const digest = header && fingerprintOf(header);
  const same = sameSize.findLast(({ headerDigest }) => headerDigest === null || headerDigest === digest);
  if (same === undefined) {
    const why =
      header === null
        ? 'the mail server does not show its header, so its bytes must tell whether it was handled before'
        : 'it is not the one that had this unique-id before';
    log.info({ event: 'unique-id-again', uniqueId, octets }, `mail ${uniqueId} is fetched: ${why}`);
    return null;
  }
  // The limit may have been raised since.
  if (same.tooLarge && tooLargeToFetch(line, listed) === null && policy.fetch.tooLarge === 'leave')
    return null;
  memory.recognised.add(uniqueId);
  log.info({ event: 'already-handled', uniqueId }, `mail ${uniqueId} was handled before`);
  return same;
}

/** Null from a server that has no TOP; what it refuses this time is told once. */
async function topOf(
  line: Line,
  maildrop: MailboxSession,
  listed: ListedMessage,
): Promise<Buffer | 'refused' | null> {
  try {
    return await maildrop.top(listed, 0);
  } catch (error) {
    if (isRefused(error)) {
      leave(line, listed, error);
      return 'refused';
    }
    noteTrouble(line, listed);
    throw error;
  }
}

function fingerprintOf(header: Uint8Array): string {
  const fingerprint = new HeaderFingerprint();
  fingerprint.push(header);
  return fingerprint.digest();
}

/** Whether a mail whose fate is in the ledger has lain on the server for as long as the settings say. */
function isDue(
  { policy, clock }: Line,
  { receivedAt, tooLarge }: { receivedAt: number; tooLarge: boolean },
): boolean {
  if (tooLarge && policy.fetch.tooLarge === 'leave') return false;
  return clock.now() - receivedAt >= policy.fetch.keepMs;
}

/** Those of the mails whose fate is known now that need not stay on the server. */
export function whatIsDone(
  line: Line,
  mails: readonly (FetchedMail & { receivedAt: number })[],
): ListedMessage[] {
  return mails
    .filter(({ message, receivedAt }) => isDue(line, { receivedAt, tooLarge: message.tooLarge !== null }))
    .map(({ listed }) => listed);
}

/** Mails that were taken in, and those among them that the bytes show to have been handled before. */
export interface FetchedBatch {
  mails: FetchedMail[];
  known: (FetchedMail & { receivedAt: number })[];
}

/** Takes mails in, several at a time; those that stay on the server are not among them. */
export async function* fetch(
  line: Line,
  maildrop: MailboxSession,
  fresh: readonly ListedMessage[],
  signal: AbortSignal,
): AsyncGenerator<FetchedBatch> {
  for (const batch of batches(fresh)) {
    if (signal.aborted) return;
    const fitting = await thoseWithRoom(line, batch);
    const fetched: FetchedMail[] = [];
    let broken: unknown = null;
    for (const [place, listed] of fitting.entries()) {
      const ahead = fitting.slice(place + 1).filter((next) => tooLargeToFetch(line, next) === null);
      try {
        const message = await fetchOne(line, maildrop, listed, ahead);
        if (message !== null) fetched.push({ listed, message });
      } catch (error) {
        broken = error;
        break;
      }
    }
    // Also when the connection breaks: what has come is handled before that is told.
    if (fetched.length > 0) yield await withoutKnown(line, fetched);
    if (broken !== null) throw broken;
  }
}

/** Of a server that gives no unique-ids, or no headers, only the bytes tell; such a mail is not read again. */
async function withoutKnown(line: Line, fetched: readonly FetchedMail[]): Promise<FetchedBatch> {
  const batch: FetchedBatch = { mails: [], known: [] };
  const times = await line.ledger.receivedAt(fetched.map(({ message }) => message));
  for (const [place, { listed, message }] of fetched.entries()) {
    const receivedAt = times[place] ?? null;
    if (receivedAt === null) {
      batch.mails.push({ listed, message });
      continue;
    }
    const { uniqueId } = message;
    distrustSpool(line);
    if (listed.uniqueId !== null) line.memory.recognised.add(listed.uniqueId);
    line.log.info({ event: 'already-handled', uniqueId }, `mail ${uniqueId} was handled before`);
    batch.known.push({ listed, message, receivedAt });
  }
  return batch;
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
  const { memory, log } = line;
  const { folder, freeBytes } = await roomForMail(line);
  let left = freeBytes;
  return batch.filter((listed) => {
    const { octets } = listed;
    const needed = tooLargeToFetch(line, listed) === null ? octets * roomForEachOctet : 0;
    if (needed <= left) {
      left -= needed;
      return true;
    }
    const name = nameOf(listed);
    const text = `mail ${name} of ${octets} octets waits on the mail server: ${folder} has room for ${Math.max(0, left)} bytes; make room there`;
    memory.noRoom = text;
    log.warn({ event: 'no-room', uniqueId: name, octets, folder, freeBytes: left }, text);
    return false;
  });
}

/** What the settings leave for mails, of the disk and of the spool. */
async function roomForMail({ spool, policy }: Line): Promise<{ folder: string; freeBytes: number }> {
  const { folder, freeBytes } = await spool.room();
  const { minFreeBytes, maxSpoolBytes } = policy.fetch;
  const onDisk = freeBytes - minFreeBytes;
  if (maxSpoolBytes === null) return { folder, freeBytes: onDisk };
  return { folder, freeBytes: Math.min(onDisk, maxSpoolBytes - (await spool.usedBytes())) };
}

/** Null for a mail that the server does not hand out this time; it stays there and does not stop those behind it. */
async function fetchOne(
  line: Line,
  maildrop: MailboxSession,
  listed: ListedMessage,
  ahead: readonly ListedMessage[],
): Promise<RawMessage | null> {
  try {
    const tooLarge = tooLargeToFetch(line, listed);
    if (tooLarge !== null) return await store(line, listed, headerOf(maildrop, listed), tooLarge);
    return await store(line, listed, maildrop.retrieve(listed, ahead), null);
  } catch (error) {
    if (isRefused(error)) {
      leave(line, listed, error);
      return null;
    }
    if (!(error instanceof LimitError)) {
      if (!isSystemError(error)) noteTrouble(line, listed);
      throw error;
    }
    // What LIST said was less than what came.
    if (listed.uniqueId !== null) line.memory.oversized.add(listed.uniqueId);
    return fetchHeader(line, maildrop, listed);
  }
}

async function fetchHeader(
  line: Line,
  maildrop: MailboxSession,
  listed: ListedMessage,
): Promise<RawMessage | null> {
  try {
    const { maxMessageBytes } = line.policy.fetch;
    return await store(
      line,
      listed,
      headerOf(maildrop, listed),
      whyTooLarge(Number.POSITIVE_INFINITY, maxMessageBytes),
    );
  } catch (error) {
    if (!isRefused(error)) {
      noteTrouble(line, listed);
      throw error;
    }
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
  const key = memoryKey(listed);
  if (memory.refused.has(key)) return;
  memory.refused.add(key);
  const text = `mail ${nameOf(listed)} stays on the mail server for now: ${errorText(error)}`;
  log.warn({ event: 'left-on-server', uniqueId, octets }, text);
}

async function* headerOf(maildrop: MailboxSession, listed: ListedMessage): AsyncGenerator<Uint8Array> {
  const header = await maildrop.top(listed, 0);
  if (header === null) {
    const text = 'it is too large, and the mail server does not show its header; remove it there';
    throw new PhaserLinkError({ code: headerHidden, retry: 'permanent', text });
  }
  yield header;
}

async function store(
  line: Line,
  { uniqueId: name, octets }: ListedMessage,
  bytes: AsyncIterable<Uint8Array>,
  tooLarge: string | null,
): Promise<RawMessage> {
  const { maxMessageBytes } = line.policy.fetch;
  const { content, ...taken } = await takeIn(bytes, line.spool, {
    maxBytes: maxMessageBytes,
    expectedBytes: tooLarge === null ? octets : 0,
  });
  const uniqueId = name ?? `bytes-${content.digest}`;
  const text = `fetched ${tooLarge === null ? '' : 'the header of '}mail ${uniqueId}, ${content.bytes} bytes`;
  line.log.info({ event: 'fetched', uniqueId, bytes: content.bytes }, text);
  return { mailbox: line.mailbox.name, uniqueId, octets, tooLarge, content, ...taken };
}

const headerHidden = 'header-hidden';

function isRefused(error: unknown): boolean {
  return error instanceof PhaserLinkError && ['pop3-command-refused', headerHidden].includes(error.code);
}

function nameOf({ uniqueId, number }: ListedMessage): string {
  return uniqueId ?? `without unique-id (number ${number} today)`;
}
