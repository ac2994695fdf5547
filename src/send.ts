/** The command `phaserlink send`: mails documents and tells what the mail server said. */
import { systemClock } from '#base/clock.js';
import type { NoticeKind } from '#vocab/notices.js';
import { sendDocument } from './redirect/send-document.js';

export interface SendOptions {
  to: string;
  from: string;
  smtp: { host: string; port: number };
  description?: string;
  notify?: NoticeKind[];
  json?: true;
}

export async function send(files: string[], options: SendOptions): Promise<void> {
  const { json, ...mail } = options;
  const sent = await sendDocument(
    { ...mail, files },
    { clock: systemClock, ...showProgress(process.stderr) },
  );
  const text = `Mailed ${files.join(', ')} to ${mail.to} (${sent.bytes} bytes), Message-ID ${sent.messageId}`;
  process.stdout.write(`${json ? JSON.stringify(sent, null, 2) : text}\n`);
}

/** A line that counts up, where somebody watches. */
function showProgress(terminal: NodeJS.WriteStream): { onProgress?: (sent: number, total: number) => void } {
  if (!terminal.isTTY) return {};
  let shown = -1;
  return {
    onProgress(sent, total) {
      const percent = Math.floor((100 * sent) / total);
      if (percent === shown) return;
      shown = percent;
      terminal.write(percent < 100 ? `\rsending ${percent} %` : '\r\x1b[K');
    },
  };
}
