/** Reads mails in this process, for tests that are not about how they are read. */
import { errorText } from '#base/errors.js';
import type { ContentStore } from '#vocab/line.js';
import { lookAtHeader } from '../../src/intake/look-at-header.js';
import { readMessage } from '../../src/intake/read-message.js';
import type { MailReader } from '../../src/read-apart.js';

/** It does not survive mails with these Subjects; test/root/read-apart.test.ts has processes that truly do not. */
export function readHere(content: ContentStore, deadly: readonly string[] = []): MailReader {
  return {
    async read(message) {
      const header = await lookAtHeader(message, content).catch(() => []);
      const unreadable = (why: string) => ({ submission: null, unreadable: why, header, stack: null });
      const subject = header.find(({ name }) => name === 'subject')?.value ?? '';
      if (deadly.includes(subject)) return unreadable(`the reader ended over "${subject}"`);
      try {
        return { submission: await readMessage(message, content), unreadable: null };
      } catch (error) {
        return unreadable(errorText(error));
      }
    },
    close: async () => undefined,
  };
}
