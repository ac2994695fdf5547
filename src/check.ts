/** The command `phaserlink check`: tries everything that the settings name, and tells; changes nothing but an access token that is due for renewal. */
import { systemClock } from '#base/clock.js';
import { errorText, PhaserLinkError } from '#base/errors.js';
import { silentLog } from '#base/log.js';
import { findGhostscript } from '#runtime/ghostscript.js';
import { terminalJobStates } from '#vocab/job-states.js';
import type { MailboxStatus } from '#vocab/mailbox-status.js';
import { loadPhaserLinkSettings } from './config/load.js';
import type { PhaserLinkSettings } from './config/schema.js';
import { watchAddress } from './config/watch.js';
import { Contents } from './jobs/contents.js';
import { Ledger } from './jobs/ledger.js';
import { Spool } from './jobs/spool.js';
import type { AccessTokens, TokenSource } from './mail/oauth/token-source.js';
import { makeMailbox, makeMailSender, makeTokenSource } from './mail-servers.js';
import { makeEngine, nothing } from './make-engine.js';
import { askPrinter } from './printer-report.js';
import { count } from './report/mail-text.js';
import { describeStatus } from './report/mailbox-words.js';
import { describeWatch } from './report/printer-words.js';
import { describeSignIn } from './report/sign-in-words.js';

export interface CheckResult {
  part:
    | 'settings'
    | 'access'
    | 'ledger'
    | 'sign-in'
    | 'mailbox'
    | 'last look'
    | 'quarantine'
    | 'mail server'
    | 'printer'
    | 'printer watch'
    | 'rasterizer';
  /** `warning`: works, but somebody should look. */
  result: 'ok' | 'warning' | 'failed';
  text: string;
  /** Of `last look`: how the server has found the mailbox. */
  mailbox?: MailboxStatus;
}

/** How long one part may take. */
const deadlineMs = 30_000;

/** Tries each part, all at once; a settings file with mistakes throws. */
export async function checkEverything(config: string): Promise<CheckResult[]> {
  const { settings, warnings } = loadPhaserLinkSettings(config, process.env);
  const settingsResults: CheckResult[] = [
    { part: 'settings', result: 'ok', text: config },
    ...warnings.map((text): CheckResult => ({ part: 'settings', result: 'warning', text })),
    checkAccess(settings),
  ];
  const tokens = makeTokenSource(settings, systemClock, silentLog);
  const tried = await Promise.all([
    attempt('ledger', () => checkLedger(settings)),
    ...(tokens === null ? [] : [attempt('sign-in', (signal) => checkSignIn(tokens, signal))]),
    attempt('mailbox', (signal) => checkMailbox(settings, tokens, signal)),
    attempt('mail server', (signal) => checkMailServer(settings, tokens, signal)),
    attempt('printer', (signal) => checkPrinter(settings, signal)),
    ...(watchAddress(settings.printer) === null
      ? []
      : [attempt('printer watch', () => checkWatch(settings))]),
    attempt('rasterizer', checkRasterizer),
  ]);
  return [
    ...settingsResults,
    ...tried,
    ...(await checkLastLook(settings)),
    ...(await checkQuarantine(settings)),
  ];
}

async function attempt(
  part: CheckResult['part'],
  run: (signal: AbortSignal) => Promise<string | Pick<CheckResult, 'result' | 'text'>>,
): Promise<CheckResult> {
  try {
    const found = await run(AbortSignal.timeout(deadlineMs));
    return typeof found === 'string' ? { part, result: 'ok', text: found } : { part, ...found };
  } catch (error) {
    const silent = error instanceof Error && error.name === 'TimeoutError';
    const text = silent ? `no answer within ${deadlineMs / 1000} seconds` : errorText(error);
    return { part, result: 'failed', text };
  }
}

function checkAccess({ access }: PhaserLinkSettings): CheckResult {
  if (access.allow.length > 0)
    return { part: 'access', result: 'ok', text: `${access.allow.join(', ')} may print` };
  const text = 'nobody may print: access.allow is empty; name addresses or @domains there';
  return { part: 'access', result: 'warning', text };
}

async function checkLedger(settings: PhaserLinkSettings): Promise<string> {
  const { dataDir } = settings;
  const checked = await withLedgerIfAny(settings, async (ledger) => {
    const faults = await ledger.check();
    if (faults.length > 0) throw new Error(`${dataDir}: ${faults.join('; ')}`);
    const lost = await jobsWithoutDocuments(ledger, new Contents(ledger, Spool.beside(settings)));
    if (lost.length > 0)
      throw new Error(
        `${dataDir}: documents of job ${lost.join(', ')} are gone from the spool: check the disk; they must be sent again`,
      );
    return `${dataDir}: ${count((await ledger.jobs()).length, 'job')}, everything in order`;
  });
  return checked ?? `${dataDir}: no jobs yet`;
}

async function jobsWithoutDocuments(ledger: Ledger, contents: Contents): Promise<number[]> {
  const lost: number[] = [];
  for (const { id, state, documents } of await ledger.jobs()) {
    if (terminalJobStates.has(state)) continue;
    const there = await Promise.all(documents.map(({ content }) => contents.isThere(content)));
    if (!there.includes(false)) continue;
    // It may have ended meanwhile, and its documents with it.
    const now = await ledger.job(id);
    if (now !== null && !terminalJobStates.has(now.state)) lost.push(id);
  }
  return lost;
}

/** Null before the server has run for the first time. */
async function withLedgerIfAny<T>(
  { dataDir }: PhaserLinkSettings,
  look: (ledger: Ledger) => Promise<T>,
): Promise<T | null> {
  let ledger: Ledger;
  try {
    ledger = await Ledger.open({ dataDir, clock: systemClock, readOnly: true });
  } catch (error) {
    if (error instanceof PhaserLinkError && error.code === 'ledger-missing') return null;
    throw error;
  }
  try {
    return await look(ledger);
  } finally {
    await ledger.close();
  }
}

/** How the running server fares with it, as the ledger has it: it may be away for the server and not for us. */
async function checkLastLook(settings: PhaserLinkSettings): Promise<CheckResult[]> {
  const part = 'last look';
  const { name } = makeMailbox(settings, null, systemClock, silentLog);
  const status = await withLedgerIfAny(settings, (ledger) => ledger.mailboxStatus(name)).catch(() => null);
  if (status === null) return [];
  const { result, text } = describeStatus(status, systemClock.now());
  return [{ part, result, text, mailbox: status }];
}

async function checkSignIn(tokens: TokenSource, signal: AbortSignal) {
  return describeSignIn(await tokens.times(signal), systemClock.now());
}

/** Nothing where nothing waits there, or the ledger itself is in trouble, which is told already. */
async function checkQuarantine(settings: PhaserLinkSettings): Promise<CheckResult[]> {
  const part = 'quarantine';
  const mails = await withLedgerIfAny(settings, (ledger) => ledger.quarantine.list()).catch(() => null);
  if (mails === null || mails.length === 0) return [];
  const tried = await attempt(part, async () => {
    const spool = Spool.beside(settings);
    const there = await Promise.all(mails.map(({ message }) => spool.has(message.content)));
    const lost = mails.filter((_, place) => !there[place]).map(({ id }) => id);
    if (lost.length > 0)
      throw new Error(
        `the bytes of mail ${lost.join(', ')} are gone from the spool: drop it, check the disk`,
      );
    return `${count(mails.length, 'mail')} could not be read: see "phaserlink quarantine list"`;
  });
  return [tried.result === 'ok' ? { ...tried, result: 'warning' } : tried];
}

export async function checkMailbox(
  settings: PhaserLinkSettings,
  tokens: AccessTokens | null,
  signal: AbortSignal,
): Promise<string> {
  const { mailbox } = settings;
  const probed = await makeMailbox(settings, tokens, systemClock, silentLog).probe(signal);
  const security = probed.tls === null ? 'without TLS' : `with ${probed.tls}`;
  return `${mailbox.user} at ${mailbox.host}:${mailbox.port}, ${security}, login by ${probed.login}: ${count(probed.messages, 'mail')}, ${count(probed.octets, 'octet')}; ${probed.capabilities}`;
}

export async function checkMailServer(
  settings: PhaserLinkSettings,
  tokens: AccessTokens | null,
  signal: AbortSignal,
): Promise<string> {
  const { smtp } = settings;
  await makeMailSender(settings, tokens, systemClock).verify(signal);
  return `${smtp.host}:${smtp.port} takes mail from ${smtp.from}`;
}

async function checkPrinter({ printer }: PhaserLinkSettings, signal: AbortSignal): Promise<string> {
  const engine = makeEngine(printer, nothing, systemClock);
  const { product, pageCounter } = await engine.probe(signal);
  const counter =
    pageCounter === null ? 'it does not tell its page counter' : `${count(pageCounter, 'page')} so far`;
  return `${product || 'a printer'} at ${engine.uri}: ${counter}`;
}

/** A printer that says nothing is no failure: many cannot, and print all the same. */
async function checkWatch(settings: PhaserLinkSettings) {
  return describeWatch(await askPrinter(settings), settings.printer.watch !== 'auto');
}

async function checkRasterizer(): Promise<string> {
  const { kind, version, path, cage } = await findGhostscript();
  return `Ghostscript ${version}, ${kind === 'native' ? path : 'WebAssembly build'} (${cage})`;
}

export function formatChecks(results: readonly CheckResult[]): string {
  return results.map(({ part, result, text }) => `${result.padEnd(8)} ${part.padEnd(13)} ${text}\n`).join('');
}
