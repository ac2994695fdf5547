/** Mails documents to a printer as split mail, in the form of our own that docs/split-mail.md specifies: `phaserlink send --split`. */
import { randomUUID } from 'node:crypto';
import { PhaserLinkError } from '#base/errors.js';
import { pieceHeaders, pieceMark, pieceName } from '#vocab/split-mail.js';
import { type Document, readRange } from './documents.js';
import {
  countProgress,
  inspectRequest,
  type SendContext,
  type SendRequest,
  totalBytes,
} from './send-request.js';
import { type Letter, SmtpDelivery } from './smtp-delivery.js';
import { type PlannedPiece, planSplit, type SplitPlan } from './split-plan.js';

export interface SplitRequest extends SendRequest {
  pieceBytes: number;
  /** The job id of an earlier try: what has arrived of it is not taken twice. A new id when left out. */
  resume?: string;
}

/** One document on its way. */
export interface PlannedJob {
  document: Document;
  /** Its id in the mails; the printer gives the job a number of its own. */
  job: string;
  plan: SplitPlan;
}

export interface SentJob {
  file: string;
  job: string;
  bytes: number;
  pieces: { number: number; bytes: number; messageId: string }[];
  /** The addresses that the mail server took the mails for. */
  accepted: string[];
}

/** What would be sent: one job for each file. Throws PhaserLinkError with what to do. */
export async function planJobs(request: SplitRequest): Promise<PlannedJob[]> {
  const documents = await inspectRequest(request);
  const { resume } = request;
  if (resume !== undefined && (documents.length > 1 || !/^[!-~]{1,100}$/.test(resume))) {
    const text =
      documents.length > 1
        ? 'one job at a time can be resumed; name its file alone'
        : `${JSON.stringify(resume)} is no job id; it is one word of at most 100 characters`;
    throw new PhaserLinkError({ code: 'resume-impossible', retry: 'permanent', text });
  }
  const jobs: PlannedJob[] = [];
  for (const document of documents) {
    const plan = await planSplit(document, request.pieceBytes);
    jobs.push({ document, job: resume ?? randomUUID(), plan });
  }
  return jobs;
}

/** Sends every file as a job of its own, piece by piece over one connection, read from disk as it goes. */
export async function sendSplit(request: SplitRequest, context: SendContext): Promise<SentJob[]> {
  const jobs = await planJobs(request);
  const onRead = countProgress(context, totalBytes(jobs.map(({ document }) => document)));
  const delivery = new SmtpDelivery(request, context, true);
  const sent: SentJob[] = [];
  try {
    for (const job of jobs) sent.push(await sendJob(delivery, job, onRead));
    return sent;
  } finally {
    delivery.close();
  }
}

/** What goes wrong before the first byte of a mail. */
const askedOnly: ReadonlySet<string> = new Set(['smtp-unreachable', 'recipient-refused', 'sender-refused']);

async function sendJob(
  delivery: SmtpDelivery,
  planned: PlannedJob,
  onRead: (bytes: number) => void,
): Promise<SentJob> {
  const { document, job, plan } = planned;
  const sent: SentJob = { file: document.path, job, bytes: document.bytes, pieces: [], accepted: [] };
  for (const piece of plan.pieces) {
    try {
      const { messageId, accepted } = await delivery.send(composePiece(planned, piece, onRead));
      sent.pieces.push({ number: piece.number, bytes: piece.bytes, messageId });
      sent.accepted = accepted;
    } catch (error) {
      const nothingWent = piece.number === 1 && error instanceof PhaserLinkError && askedOnly.has(error.code);
      throw error instanceof PhaserLinkError && !nothingWent ? broken(error, planned, piece) : error;
    }
  }
  return sent;
}

function composePiece(
  { document, job, plan }: PlannedJob,
  piece: PlannedPiece,
  onRead: (bytes: number) => void,
): Letter {
  const { number, bytes, digest } = piece;
  const total = plan.pieces.length;
  const isFirst = number === 1;
  return {
    names: document.name,
    mark: pieceMark({ number, total }),
    headers: {
      [pieceHeaders.job]: job,
      [pieceHeaders.piece]: `${number}/${total}`,
      [pieceHeaders.pieceDigest]: digest,
      [pieceHeaders.jobDigest]: plan.jobDigest,
    },
    text: `To be printed, ${pieceName({ number, total })} of ${document.name} (${document.bytes} bytes).\nA PhaserLink Printing Server joins them.\n`,
    attachments: [
      {
        // The first piece names the document.
        filename: isFirst ? document.name : `${document.name}.${number}`,
        contentType: isFirst ? document.contentType : 'application/octet-stream',
        contentTransferEncoding: 'base64',
        content: readRange(document.path, piece, onRead),
      },
    ],
    bytes,
  };
}

/** Says how far it came, and how to go on. */
function broken(
  error: PhaserLinkError,
  { document, job, plan }: PlannedJob,
  { number }: PlannedPiece,
): PhaserLinkError {
  const { code, retry } = error;
  const { path } = document;
  const what = `${pieceName({ number, total: plan.pieces.length })} of ${path} was not sent`;
  const before = number === 1 ? 'and none before' : 'those before were';
  const text =
    code === 'document-changed'
      ? `${what}: the file changed meanwhile; send it again as a new job`
      : `${what}, ${before}: ${error.message}; to go on, send ${path} alone with --split ${plan.pieceBytes} --resume ${job}, and what has arrived is not taken twice`;
  return new PhaserLinkError({ code, retry, text, cause: error });
}
