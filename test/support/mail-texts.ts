/** Mails as text, for tests that need one which no proper program would send. */

export interface Part {
  type: string;
  /** The file name of an attachment; a part without one is the mail's text. */
  name?: string;
  body: string | Buffer;
}

/** A whole mail; headers given replace the usual ones, and null leaves one out. */
export function mailText(parts: Part[], headers: Record<string, string | null> = {}): string {
  const all: Record<string, string | null> = {
    From: 'alice@example.com',
    To: 'printer@example.com',
    Subject: 'a mail',
    'MIME-Version': '1.0',
    'Content-Type': 'multipart/mixed; boundary=part',
    ...headers,
  };
  const head = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return [...head, '', ...parts.flatMap(partLines), '--part--'].join('\n');
}

function partLines({ type, name, body }: Part): string[] {
  return [
    '--part',
    `Content-Type: ${type}`,
    'Content-Transfer-Encoding: base64',
    ...(name === undefined ? [] : [`Content-Disposition: attachment; filename="${name}"`]),
    '',
    ...(Buffer.from(body)
      .toString('base64')
      .match(/.{1,76}/g) ?? []),
  ];
}
