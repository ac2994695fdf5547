/** The command `phaserlink send`: mails documents and tells what the mail server said. */
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
  const sent = await sendDocument({ ...mail, files });
  const text = `Mailed ${files.join(', ')} to ${mail.to} (${sent.bytes} bytes), Message-ID ${sent.messageId}`;
  process.stdout.write(`${json ? JSON.stringify(sent, null, 2) : text}\n`);
}
