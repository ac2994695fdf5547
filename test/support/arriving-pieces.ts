/** Pieces on their shortest way into a ledger: decided and kept as the stages do, without mails and a spool. */
import type { Assembly } from '#vocab/line.js';
import type { PieceLabel } from '#vocab/split-mail.js';
import { type AssembleFacts, assemble } from '../../src/intake/assemble.js';
import type { Lease } from '../../src/jobs/leases.js';
import type { Ledger } from '../../src/jobs/ledger.js';
import { digestOf, mailCommit } from './ledger-house.js';

const limits: AssembleFacts['limits'] = {
  maxPieces: 99,
  maxJobBytes: 1e6,
  waitForMissing: 1000,
  maxUnfinishedPerSender: 99,
  maxUnfinished: 999,
};

export interface ArrivingPiece {
  sender: string;
  label: PieceLabel;
  /** Of its bytes. */
  digest: string;
}

/** A piece of alice's whose bytes have the letter as their digest; without a total one of a `message/partial`. */
export function arrivingPiece(
  id: string,
  number: number,
  total: number | null,
  letter: string,
): ArrivingPiece {
  const isOurs = total !== null;
  const digest = digestOf(letter);
  return {
    sender: 'alice@example.com',
    label: {
      form: isOurs ? 'phaserlink' : 'partial',
      id,
      number,
      total,
      pieceDigest: isOurs ? digest : null,
      jobDigest: isOurs ? digestOf('e') : null,
      head: [],
    },
    digest,
  };
}

/** Keeps it in a commit of its own, as the mail with this unique-id; returns what was decided. */
export function arrive(
  ledger: Ledger,
  lease: Lease,
  { sender, label, digest }: ArrivingPiece,
  mail: { uniqueId: string; now: number },
): Promise<Assembly> {
  const content = { digest, bytes: 100 };
  const document = { name: 'a.ps', format: 'application/postscript', content } as const;
  return ledger.receive(lease, async (desk) => {
    const before = await desk.findSets({ sender, label, digest });
    const facts = { ...before, limits, now: mail.now };
    const assembly = assemble({ piece: { label, problem: null }, documents: [document] }, facts);
    const { message, submission, verdict, trail } = mailCommit(mail.uniqueId);
    if (assembly.action === 'refuse') {
      const refused = { decision: 'refuse', reasons: [assembly.reason], mayReply: false } as const;
      const kept = { message, submission, unreadable: null, trail, job: null, mails: [] };
      await desk.keep({ ...kept, verdict: { ...refused, reasons: [assembly.reason] } });
    } else {
      const piece = { ...assembly, sender, description: 'tiger', notify: ['trace'] as const, packed: [] };
      await desk.keepPiece({ message, submission, verdict, trail, piece, mails: () => [] });
    }
    return assembly;
  });
}
