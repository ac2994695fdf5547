/** The sheet that is printed before a job when its sender wants one: whose job it is, and when it came. */
import type { PrinterJob } from './job.js';

/** Of a name; what is longer is cut. */
const maxTextLength = 60;

export function composeCoverSheet({ number, ticket, createdAt }: PrinterJob, product: string): string {
  const lines: [label: string, text: string][] = [
    ['User', ticket.user],
    ['Job', ticket.name],
    ['From', ticket.host],
    ['Received', new Date(createdAt).toISOString()],
  ];
  const shown = lines.map(
    ([label, text], n) =>
      `72 ${560 - n * 30} moveto (${label}) show 180 ${560 - n * 30} moveto (${literal(text)}) show`,
  );
  return `%!PS
/Helvetica-Bold findfont 36 scalefont setfont 72 640 moveto (Job ${number}) show
/Helvetica findfont 14 scalefont setfont
${shown.join('\n')}
72 72 moveto (${literal(product)}) show
showpage
`;
}

/** PLRM 3.2.2: what a sender wrote can only be shown. */
function literal(text: string): string {
  return text
    .slice(0, maxTextLength)
    .replace(/[^\x20-\x7e]/g, '?')
    .replace(/[()\\]/g, '\\$&');
}
