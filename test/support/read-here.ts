/** Reads mails in this process, for tests that are not about how they are read. */
import { errorText } from '#base/errors.js';
import type { ContentStore } from '#vocab/line.js';
import { readMessage } from '../../src/intake/read-message.js';
import type { MailReader } from '../../src/read-apart.js';

export function readHere(content: ContentStore): MailReader {
  return {
    async read(message) {
      try {
        return { submission: await readMessage(message, content), unreadable: null };
      } catch (error) {
        return { submission: null, unreadable: errorText(error), header: [], stack: null };
      }
    },
    close: async () => undefined,
  };
}
