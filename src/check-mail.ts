/** The command `phaserlink check --mail`: what would happen to a mail, stage by stage and why; changes nothing. */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#base/clock.js';
import { errorText, PhaserLinkError } from '#base/errors.js';
import { silentLog } from '#base/log.js';
import type { Assembly, ContentStore, Reason, Submission, Verdict } from '#vocab/line.js';
import { decideOnPiece, finalVerdict, nothingBefore } from './assemble-stages.js';
import { loadPhaserLinkSettings } from './config/load.js';
import type { PrinterSettings } from './config/schema.js';
import { makePrintReady } from './convert/make-print-ready.js';
import { whyTooLarge } from './fetch-stages.js';
import { type JudgeFacts, judge, judgeSender } from './intake/judge.js';
import { judgeReply } from './intake/judge-reply.js';
import { contentDigestOf } from './jobs/content-digest.js';
import { Ledger } from './jobs/ledger.js';
import { PackStore } from './jobs/pack-store.js';
import type { TalkedOf } from './jobs/replies.js';
import { Spool } from './jobs/spool.js';
import { makeEngine } from './make-engine.js';
import { type MailReader, ReadApart } from './read-apart.js';
import { refuseUnreadable } from './receive-stages.js';
import { verdictOfReply } from './reply-stages.js';
import { count } from './report/mail-text.js';

export interface MailForecast {
  decision: Verdict['decision'];
  reasons: Reason[];
  /** Whether the sender would hear of it. */
  reply: boolean;
  /** Why the mail would be put aside unread; null for a mail that can be read. */
  unreadable: string | null;
  /** What would become of the piece of a split mail; null for a whole mail. */
  assembly: { action: Assembly['action']; reason: Reason } | null;
  sender: string | null;
  description: string;
  documents: { name: string; format: string; bytes: number; notPrinted: string | null }[];
  leftOut: Submission['leftOut'];
  /** The limit that the mail passes, in words; null for a mail that was read to its end. */
  tooMuch: string | null;
  pagesExpected: number | null;
}

/**
 * Runs the stages up to *convert* on the mail in `file`, with the settings of `config`, in a folder that is thrown away; the
 * mail is read apart, as the server does it.
 */
export async function forecastMail(
  config: string,
  file: string,
  openReader: (dataDir: string) => MailReader = readApart,
): Promise<MailForecast> {
  const { settings } = loadPhaserLinkSettings(config, process.env);
  const dataDir = await mkdtemp(join(tmpdir(), 'phaserlink-check-'));
  const reader = openReader(dataDir);
  try {
    const spool = await Spool.open({ dataDir });
    const content = await copyIn(spool, file);
    const message = {
      mailbox: 'check',
      uniqueId: file,
      octets: content.bytes,
      headerDigest: '',
      tooLarge: whyTooLarge(content.bytes, settings.mailbox.maxMessageBytes),
      content,
    };
    const pack = spool.packs.newName();
    const reading = await reader.read(message, pack, new AbortController().signal);
    if (reading.submission === null) return forecastUnreadable(reading.unreadable);
    const { submission, packed } = reading;
    const { judged, assembly, answered } = await withLedger(settings.dataDir, async (ledger) => {
      const facts = {
        allow: settings.access.allow,
        hold: settings.access.hold,
        ownAddress: settings.smtp.from,
        duplicateOf: ledger && (await findEarlier(ledger, content.digest, submission)),
      };
      const answered = submission.reply && ledger && (await ledger.findAnswered(submission.reply));
      if (answered !== null)
        return { judged: judgeAnswer(submission, answered, facts), assembly: null, answered };
      const judged = judge(submission, facts);
      const sets = ledger ?? { findSets: async () => nothingBefore };
      return {
        judged,
        assembly: await decideOnPiece(sets, submission, judged, settings.splitMail, systemClock),
        answered,
      };
    });
    const verdict = describeVerdict(finalVerdict(judged, assembly));
    if (answered !== null) return forecastAnswer(verdict, submission);
    if (assembly !== null) return forecastPiece(verdict, submission, assembly);
    return {
      ...verdict,
      assembly: null,
      ...(await forecastDocuments(submission, new PackStore(spool, pack, packed), settings.printer)),
    };
  } finally {
    await reader.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function readApart(dataDir: string): MailReader {
  return new ReadApart({ dataDir, clock: systemClock, log: silentLog });
}

function describeVerdict({ decision, reasons, mayReply }: Verdict) {
  return { decision, reasons, reply: mayReply, unreadable: null };
}

async function forecastDocuments(submission: Submission, store: ContentStore, printer: PrinterSettings) {
  const { sender, description, leftOut, tooMuch } = submission;
  const documents = submission.documents.map((document) => ({ ...document, notPrinted: null }));
  const { pagesExpected, notPrinted } = await makePrintReady(
    { id: 0, description: '', documents, part: { from: 1, copies: 1 } },
    store,
    // The printer itself is not asked: what it can take at most.
    makeEngine(printer, store, systemClock).formats,
  );
  return {
    sender,
    description,
    documents: documents.map(({ name, format, content: { bytes } }, place) => ({
      name,
      format,
      bytes,
      notPrinted: notPrinted.find(({ document }) => document === place)?.reason ?? null,
    })),
    leftOut,
    tooMuch,
    pagesExpected,
  };
}

/** What it says becomes of a job is for the job's state to say when the mail comes. */
function judgeAnswer(submission: Submission, answered: TalkedOf, facts: JudgeFacts): Verdict {
  const found = judgeSender(submission.sender, submission.senderProblem, facts);
  return 'decision' in found ? found : verdictOfReply(judgeReply(submission, answered));
}

function forecastAnswer(
  verdict: ReturnType<typeof describeVerdict>,
  { sender, description, leftOut, tooMuch }: Submission,
): MailForecast {
  return {
    ...verdict,
    ...{ assembly: null, sender, description, documents: [], leftOut, tooMuch, pagesExpected: null },
  };
}

/** Nothing can be said of a document of which there is only a piece. */
function forecastPiece(
  verdict: ReturnType<typeof describeVerdict>,
  { sender, description, leftOut }: Submission,
  { action, reason }: Assembly,
): MailForecast {
  const assembly = { action, reason };
  return {
    ...verdict,
    assembly,
    sender,
    description,
    documents: [],
    leftOut,
    tooMuch: null,
    pagesExpected: null,
  };
}

function forecastUnreadable(unreadable: string): MailForecast {
  const verdict = describeVerdict(refuseUnreadable(unreadable));
  const nothing = {
    sender: null,
    description: '',
    documents: [],
    leftOut: [],
    tooMuch: null,
    pagesExpected: null,
  };
  return { ...verdict, assembly: null, unreadable, ...nothing };
}

async function copyIn(spool: Spool, file: string) {
  const found = await stat(file).catch((error: unknown) => {
    throw new PhaserLinkError({
      code: 'mail-file',
      retry: 'permanent',
      text: `${file}: ${errorText(error)}`,
      cause: error,
    });
  });
  if (!found.isFile()) {
    throw new PhaserLinkError({
      code: 'mail-file',
      retry: 'permanent',
      text: `${file} is no file; give a mail as a file (.eml)`,
    });
  }
  const writer = await spool.create();
  for await (const chunk of createReadStream(file)) await writer.write(chunk as Buffer);
  return writer.commit();
}

/** A server that has not run yet has seen no mail, and has no ledger. */
async function withLedger<T>(dataDir: string, look: (ledger: Ledger | null) => Promise<T>): Promise<T> {
  let ledger: Ledger;
  try {
    ledger = await Ledger.open({ dataDir, clock: systemClock, readOnly: true });
  } catch (error) {
    if (error instanceof PhaserLinkError && error.code === 'ledger-missing') return look(null);
    throw error;
  }
  try {
    return await look(ledger);
  } finally {
    await ledger.close();
  }
}

function findEarlier(ledger: Ledger, rawDigest: string, { documents, messageId }: Submission) {
  return ledger.findEarlier({ rawDigest, messageId, contentDigest: contentDigestOf(documents) });
}

export function formatForecast(forecast: MailForecast): string {
  const { decision, reasons, reply, assembly } = forecast;
  const lines = [
    ...(forecast.unreadable === null
      ? readLines(forecast)
      : [`read     not readable: ${forecast.unreadable}`]),
    ...reasons.map(({ text }) => `judge    ${decision}: ${text}`),
    ...(assembly === null ? [] : [`assemble ${assembly.action}: ${assembly.reason.text}`]),
    ...(decision === 'refuse' || assembly !== null ? [] : convertLines(forecast)),
    `tell     the sender ${reply ? 'is answered' : 'is not answered'}`,
  ];
  return `${lines.join('\n')}\n`;
}

function readLines({ sender, description, documents, leftOut, tooMuch }: MailForecast): string[] {
  return [
    `read     from ${sender ?? 'no usable sender'}, "${description}"`,
    ...documents.map(
      ({ name, format, bytes }) => `read     document ${name}: ${format}, ${count(bytes, 'byte')}`,
    ),
    ...leftOut.map(({ name, reason }) => `read     left out ${name}: ${reason}`),
    ...(tooMuch === null ? [] : [`read     not read on: ${tooMuch}`]),
  ];
}

function convertLines({ documents, pagesExpected }: MailForecast): string[] {
  const lines = documents.map(
    ({ name, notPrinted }) =>
      `convert  ${name}: ${notPrinted ? `not printed, ${notPrinted}` : 'goes to the printer'}`,
  );
  return pagesExpected === null ? lines : [...lines, `convert  ${count(pagesExpected, 'page')} expected`];
}
