/** The smallest SMTP client: hands one message over octet by octet as it is, and tells the replies. */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

export interface SmtpTalk {
  /** The reply codes in order: greeting, EHLO, MAIL, each RCPT, DATA, the message. */
  codes: number[];
  last: string;
}

/** Stops at the first reply that is neither 2yz nor 3yz. The message must end with CRLF and hold no line `.`. */
export async function mailBySmtp(
  port: number,
  mail: { from: string; to: string[]; message: Buffer },
): Promise<SmtpTalk> {
  const stuffed = mail.message.toString('latin1').replace(/(^|\r\n)\./g, '$1..');
  const commands = [
    'EHLO test.example',
    `MAIL FROM:<${mail.from}>`,
    ...mail.to.map((address) => `RCPT TO:<${address}>`),
    'DATA',
    `${stuffed}.`,
  ];
  const socket = connect(port, '127.0.0.1');
  const codes: number[] = [];
  let last = '';
  try {
    for await (const line of createInterface({ input: socket })) {
      if (line[3] === '-') continue;
      codes.push(Number(line.slice(0, 3)));
      last = line;
      const command = commands.shift();
      if (command === undefined || !/^[23]/.test(line)) break;
      socket.write(`${command}\r\n`, 'latin1');
    }
  } finally {
    socket.destroy();
  }
  return { codes, last };
}
