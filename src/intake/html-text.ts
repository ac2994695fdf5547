/** The words of a mail that was written as HTML only, up to what it quotes; linear in its length. */

const hidden: ReadonlySet<string> = new Set(['head', 'style', 'script', 'title']);
const endsLine: ReadonlySet<string> = new Set(['br', 'p', 'div', 'tr', 'li', 'h1', 'h2', 'h3', 'hr']);
const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};
/** By which mail programs mark where the answered mail begins. */
const quoteMark = /gmail_quote|divRplyFwdMsg|appendonsend|moz-cite-prefix|yahoo_quoted/i;

export function textOfHtml(html: string, maxLength: number): string {
  const lower = html.toLowerCase();
  let text = '';
  for (let at = 0; at < html.length && text.length < maxLength; ) {
    const open = html.indexOf('<', at);
    const end = open < 0 ? html.length : open;
    // Line ends in HTML are blanks.
    text += decodeEntities(html.slice(at, end)).replace(/\s+/g, ' ');
    const close = html.indexOf('>', end);
    if (close < 0) break;
    const tag = html.slice(end + 1, close);
    const name = /^\/?([a-z][a-z0-9]{0,19})/i.exec(tag)?.[1]?.toLowerCase() ?? '';
    at = close + 1;
    if (name === 'blockquote' || quoteMark.test(tag)) break;
    if (endsLine.has(name)) text += '\n';
    if (tag.startsWith('!--')) at = after(html, '-->', end);
    else if (hidden.has(name) && !tag.startsWith('/')) at = after(lower, `</${name}`, close);
  }
  return text.slice(0, maxLength);
}

function after(html: string, mark: string, from: number): number {
  const found = html.indexOf(mark, from);
  return found < 0 ? html.length : found + mark.length;
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,6})|([a-z]{2,6}));/gi, (whole, code?: string, name?: string) => {
    if (code !== undefined) return Number(code) < 0x110000 ? String.fromCodePoint(Number(code)) : whole;
    return entities[(name ?? '').toLowerCase()] ?? whole;
  });
}
