/** Reads mails in this process, for tests that are not about how they are read. */
import { errorText } from '#base/errors.js';
import { lookAtHeader } from '../../src/intake/look-at-header.js';
import { readMessage } from '../../src/intake/read-message.js';
import { PackStore } from '../../src/jobs/pack-store.js';
import type { Spool } from '../../src/jobs/spool.js';
import type { MailReader } from '../../src/read-apart.js';

/** It does not survive mails with these Subjects; test/root/read-apart.test.ts has processes that truly do not. */
export function readHere(spool: Spool, deadly: readonly string[] = []): MailReader {
  return {
    async read(message, pack) {
      const header = await lookAtHeader(message, spool).catch(() => []);
      const unreadable = (why: string) => ({ submission: null, unreadable: why, header, stack: null });
      const subject = header.find(({ name }) => name === 'subject')?.value ?? '';
      if (deadly.includes(subject)) return unreadable(`the reader ended over "${subject}"`);
      const store = new PackStore(spool, pack);
      try {
        const submission = await readMessage(message, store);
        return { submission, unreadable: null, packed: store.packed };
      } catch (error) {
        return unreadable(errorText(error));
      } finally {
        store.close();
      }
    },
    close: async () => undefined,
  };
}
