/** Finds the one address in an originator field (RFC 5322 §3.4), and says in words why when there is not exactly one. */
import { decodeHeaderWords } from './mime-words.js';

/** Longer fields are not looked into. */
const maxFieldLength = 4096;
/** RFC 5321 §4.5.3.1: a path has at most 256 octets, its angle brackets included. */
const maxAddressLength = 254;
const maxLocalPartLength = 64;

export interface Mailbox {
  /** In lower case, so that it can be compared. */
  address: string;
  /** Decoded, not cleaned; empty when there is none. */
  displayName: string;
}

export type Originator = { mailbox: Mailbox; problem: null } | { mailbox: null; problem: string };

/** `values`: every From field of the mail, unfolded. Whatever two readers might understand differently is a problem. */
export function parseOriginator(values: readonly string[]): Originator {
  const [value] = values;
  if (value === undefined) return unclear('the mail has no From field');
  if (values.length > 1) return unclear(`the mail has ${values.length} From fields`);
  if (value.length > maxFieldLength) {
    return unclear(`its From field is longer than ${maxFieldLength} characters`);
  }
  if (hasControlCharacter(value)) return unclear('its From field holds control characters');
  const tokens = tokenize(value);
  if (typeof tokens === 'string') return unclear(tokens);
  return parseMailbox(tokens);
}

function unclear(problem: string): Originator {
  return { mailbox: null, problem };
}

function hasControlCharacter(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for; a tab may stand for a space.
  return /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/.test(text);
}

interface Token {
  kind: 'atom' | 'quoted' | 'literal' | 'special';
  /** A quoted string without its quotes and backslashes. */
  text: string;
  /** White space or a comment stands before it. */
  apart: boolean;
}

const specials = '<>@,;:.';
const unclosed = {
  '(': 'a comment in its From field is not closed',
  '"': 'a quoted string in its From field is not closed',
  '[': 'a domain literal in its From field is not closed',
};

/** RFC 5322 §3.2: atoms, quoted strings and specials; comments and white space between them only set `apart`. */
function tokenize(text: string): Token[] | string {
  const tokens: Token[] = [];
  let apart = false;
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === ' ' || character === '\t') {
      apart = true;
      at++;
      continue;
    }
    if (character === '(') {
      at = commentEnd(text, at);
      if (at < 0) return unclosed['('];
      apart = true;
      continue;
    }
    if (character === '"' || character === '[') {
      const end = closingCharacter(text, at + 1, character === '"' ? '"' : ']');
      if (end < 0) return unclosed[character];
      const content = text.slice(at + 1, end).replace(/\\(.)/gs, '$1');
      tokens.push({ kind: character === '"' ? 'quoted' : 'literal', text: content, apart });
      at = end + 1;
    } else if (specials.includes(character)) {
      tokens.push({ kind: 'special', text: character, apart });
      at++;
    } else {
      const end = atomEnd(text, at);
      if (end === at) return `its From field holds a stray "${character}"`;
      tokens.push({ kind: 'atom', text: text.slice(at, end), apart });
      at = end;
    }
    apart = false;
  }
  return tokens;
}

/** Comments nest (RFC 5322 §3.2.2); -1 when one stays open. */
function commentEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') at++;
    else if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return at + 1;
  }
  return -1;
}

function closingCharacter(text: string, start: number, closing: string): number {
  for (let at = start; at < text.length; at++) {
    if (text.charAt(at) === '\\') at++;
    else if (text.charAt(at) === closing) return at;
  }
  return -1;
}

function atomEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && !' \t()<>[]:;@\\,."'.includes(text.charAt(at))) at++;
  return at;
}

function parseMailbox(tokens: readonly Token[]): Originator {
  const isSpecial = (text: string) => (token: Token) => token.kind === 'special' && token.text === text;
  if (tokens.length === 0) return unclear('its From field holds no address');
  if (tokens.some(isSpecial(':')) && !tokens.some(isSpecial('<'))) return unclear(groupProblem);
  const open = tokens.findIndex(isSpecial('<'));
  if (open < 0) {
    if (tokens.some(isSpecial(','))) return unclear(severalProblem);
    return withAddress(tokens, '');
  }

  const phrase = tokens.slice(0, open);
  const close = tokens.findIndex(isSpecial('>'));
  if (close < open) return unclear('the angle brackets in its From field do not match');
  const inner = tokens.slice(open + 1, close);
  const rest = tokens.slice(close + 1);
  if (phrase.some(isSpecial(':')) || rest.some(isSpecial(';'))) return unclear(groupProblem);
  if (phrase.some(isSpecial(',')) || rest.some(isSpecial(','))) return unclear(severalProblem);
  if (phrase.some(isSpecial('@'))) return unclear('its From field has an address in front of the address');
  if (phrase.some((token) => token.kind === 'literal' || isSpecial(';')(token) || isSpecial('>')(token))) {
    return unclear('the name in its From field is malformed');
  }
  if (rest.length > 0) return unclear('its From field goes on after the address');
  // RFC 5322 §4.4: `<@relay:user@domain>`
  if (inner[0] !== undefined && isSpecial('@')(inner[0]))
    return unclear('the address in its From field has a route');
  return withAddress(inner, displayName(phrase));
}

const groupProblem = 'its From field holds a group of addresses';
const severalProblem = 'its From field holds more than one address';

function displayName(phrase: readonly Token[]): string {
  const text = phrase.map((token, index) => (token.apart && index > 0 ? ' ' : '') + token.text).join('');
  return decodeHeaderWords(text);
}

const localPartForm = /^[!#$%&'*+/=?^_`{|}~\w-]+(\.[!#$%&'*+/=?^_`{|}~\w-]+)*$/;
const domainForm = /^[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i;

/** RFC 5322 §3.4.1, without what is obsolete or serves to disguise: comments inside, quoted local parts, literals. */
function withAddress(tokens: readonly Token[], name: string): Originator {
  const at = tokens.findIndex((token) => token.kind === 'special' && token.text === '@');
  if (at < 0) return unclear('its From field holds no address');
  if (tokens.some((token, index) => index > 0 && token.apart)) {
    return unclear('the address in its From field has a comment or a space inside');
  }
  if (tokens.some((token) => token.kind === 'quoted')) {
    return unclear('the address in its From field has a quoted local part');
  }
  if (tokens.some((token) => token.kind === 'literal')) {
    return unclear('the address in its From field has no domain name');
  }
  const textOf = (part: readonly Token[]) => part.map((token) => token.text).join('');
  const localPart = textOf(tokens.slice(0, at));
  const domain = textOf(tokens.slice(at + 1));
  const address = `${localPart}@${domain}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII as a whole is what is asked for.
  if (/[^\u0000-\u007f]/.test(address)) {
    return unclear('the address in its From field has letters that are not ASCII');
  }
  // RFC 2047 §5 (3): an encoded word is no address, though some readers would decode it.
  if (localPart.includes('=?')) return unclear('the address in its From field has an encoded word');
  if (localPart.length > maxLocalPartLength || address.length > maxAddressLength) {
    return unclear(`the address in its From field is longer than ${maxAddressLength} characters`);
  }
  if (!localPartForm.test(localPart) || !domainForm.test(domain)) {
    return unclear('the address in its From field is malformed');
  }
  return { mailbox: { address: address.toLowerCase(), displayName: name }, problem: null };
}
