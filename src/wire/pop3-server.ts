/** The server's half of the POP3 dialogue (RFC 1939) as a step function: a state and a line in, what to do out. */
import { formatReply, type Pop3Keyword, responseCodes } from './pop3.js';
import { decodeBase64 } from './pop3-auth.js';

export interface MaildropEntry {
  uniqueId: string;
  octets: number;
}

/** A step takes over the state it gets: use the returned one only. */
export type Pop3State =
  | {
      phase: 'AUTHORIZATION';
      user: string | null;
      /** AUTH PLAIN has been said: the next line is no command, but the answer to our challenge (RFC 5034 §4). */
      challenged: boolean;
    }
  | { phase: 'TRANSACTION'; messages: readonly MaildropEntry[]; deleted: Set<MaildropEntry> }
  | { phase: 'UPDATE' };

type Authorization = Extract<Pop3State, { phase: 'AUTHORIZATION' }>;
type Transaction = Extract<Pop3State, { phase: 'TRANSACTION' }>;

/** What only the server can do. `login` and `update` are answered by the functions of the same name below. */
export type Pop3Effect =
  | { kind: 'login'; user: string; password: string }
  /** The message follows the reply, dot-stuffed; of its body only `bodyLines` lines, or all when null. */
  | { kind: 'send'; message: MaildropEntry; bodyLines: number | null }
  /** Delete these now. */
  | { kind: 'update'; deleted: MaildropEntry[] }
  | { kind: 'close' };

export interface Pop3Step {
  state: Pop3State;
  /** Whole lines with their ends; empty while the answer depends on the effect. */
  reply: string;
  effect: Pop3Effect | null;
}

export const initialState: Authorization = { phase: 'AUTHORIZATION', user: null, challenged: false };

/** RFC 2449 §6; what a client may expect of us. */
const capabilities = ['USER', 'SASL PLAIN', 'TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE', 'PIPELINING'];

interface Command {
  /** How many arguments; `rest` means one that may hold spaces (RFC 1939 §7, PASS). */
  args: readonly [number, number] | 'rest';
  authorization?: (state: Authorization, args: string[]) => Pop3Step;
  transaction?: (state: Transaction, args: string[]) => Pop3Step;
}

const commands = new Map<string, Command>(
  Object.entries({
    USER: {
      args: 'rest',
      authorization: (_state, [user = '']) => ok({ ...initialState, user }, 'send PASS'),
    },
    PASS: { args: 'rest', authorization: pass },
    AUTH: { args: [1, 2], authorization: auth },
    STAT: { args: [0, 0], transaction: stat },
    LIST: {
      args: [0, 1],
      transaction: (state, args) => list(state, args, (message) => String(message.octets)),
    },
    UIDL: { args: [0, 1], transaction: (state, args) => list(state, args, (message) => message.uniqueId) },
    RETR: { args: [1, 1], transaction: (state, [number]) => send(state, number, null) },
    TOP: { args: [2, 2], transaction: top },
    DELE: { args: [1, 1], transaction: dele },
    RSET: { args: [0, 0], transaction: rset },
    NOOP: { args: [0, 0], transaction: (state) => ok(state, 'nothing done') },
    QUIT: {
      args: [0, 0],
      authorization: () => ok({ phase: 'UPDATE' }, 'bye', { kind: 'close' }),
      transaction: quit,
    },
    CAPA: { args: [0, 0], authorization: capa, transaction: capa },
  } satisfies Partial<Record<Pop3Keyword, Command>>),
);

/** One command line, without its end, in whatever state the session is. */
export function step(state: Pop3State, line: string): Pop3Step {
  if (state.phase === 'AUTHORIZATION' && state.challenged) return plain(line);
  const space = line.indexOf(' ');
  const keyword = (space === -1 ? line : line.slice(0, space)).toUpperCase();
  const rest = space === -1 ? '' : line.slice(space + 1);
  const command = commands.get(keyword);
  if (command === undefined) return refuse(state, 'unknown command');
  const args = splitArguments(command, rest);
  if (args === null) return refuse(state, `wrong number of arguments for ${keyword}`);
  if (state.phase === 'AUTHORIZATION' && command.authorization) return command.authorization(state, args);
  if (state.phase === 'TRANSACTION' && command.transaction) return command.transaction(state, args);
  return refuse(state, `${keyword} is not allowed in the ${state.phase} state`);
}

/** The maildrop is open and locked for this session. */
export function loggedIn(messages: readonly MaildropEntry[]): Pop3Step {
  const state: Pop3State = { phase: 'TRANSACTION', messages, deleted: new Set() };
  return ok(state, `maildrop has ${messages.length} messages`);
}

export function loginRefused(): Pop3Step {
  return refuse(initialState, 'login refused', responseCodes.authentication);
}

/** RFC 2449 §8.1.2: the login was right, the maildrop is taken. */
export function maildropInUse(): Pop3Step {
  return refuse(initialState, 'another session has this maildrop open', responseCodes.inUse);
}

/** The message could not be read; the session goes on. */
export function messageUnreadable(state: Pop3State): Pop3Step {
  return refuse(state, 'the message cannot be read now', responseCodes.systemTemporary);
}

/** RFC 1939 §6: whether all marked messages are gone. */
export function updated(complete: boolean): Pop3Step {
  if (complete) return ok({ phase: 'UPDATE' }, 'bye', { kind: 'close' });
  const text = 'some deleted messages were not removed';
  return { ...refuse({ phase: 'UPDATE' }, text, responseCodes.systemTemporary), effect: { kind: 'close' } };
}

function pass(state: Authorization, [password = '']: string[]): Pop3Step {
  if (state.user === null) return refuse(state, 'send USER first');
  return { state: initialState, reply: '', effect: { kind: 'login', user: state.user, password } };
}

function auth(state: Authorization, [mechanism = '', response]: string[]): Pop3Step {
  if (mechanism.toUpperCase() !== 'PLAIN') return refuse(state, 'unknown mechanism');
  if (response === undefined) {
    return { state: { ...initialState, challenged: true }, reply: '+ \r\n', effect: null };
  }
  return plain(response);
}

/** The response of PLAIN (RFC 4616 §2). Nobody may act for another. */
function plain(response: string): Pop3Step {
  if (response === '*') return refuse(initialState, 'given up');
  const parts = decodeBase64(response)?.toString().split('\0') ?? [];
  const [authorizationIdentity, user = '', password = ''] = parts;
  if (parts.length !== 3) return refuse(initialState, 'that is no response of PLAIN');
  if (authorizationIdentity !== '' && authorizationIdentity !== user) return loginRefused();
  return { state: initialState, reply: '', effect: { kind: 'login', user, password } };
}

function stat(state: Transaction): Pop3Step {
  const kept = remaining(state);
  const octets = kept.reduce((sum, { message }) => sum + message.octets, 0);
  return ok(state, `${kept.length} ${octets}`);
}

function list(state: Transaction, [number]: string[], show: (message: MaildropEntry) => string): Pop3Step {
  if (number !== undefined) {
    const message = find(state, number);
    return message === null ? noSuchMessage(state) : ok(state, `${Number(number)} ${show(message)}`);
  }
  const kept = remaining(state);
  return lines(
    state,
    `${kept.length} messages`,
    kept.map((item) => `${item.number} ${show(item.message)}`),
  );
}

function top(state: Transaction, [number, bodyLines = '']: string[]): Pop3Step {
  if (!/^\d{1,9}$/.test(bodyLines)) return refuse(state, 'the number of lines is not a number');
  return send(state, number, Number(bodyLines));
}

function send(state: Transaction, number: string | undefined, bodyLines: number | null): Pop3Step {
  const message = find(state, number);
  if (message === null) return noSuchMessage(state);
  const text = bodyLines === null ? `${message.octets} octets` : 'top of message follows';
  return ok(state, text, { kind: 'send', message, bodyLines });
}

/** Only marks: the message goes in the UPDATE state (RFC 1939 §5). */
function dele(state: Transaction, [number]: string[]): Pop3Step {
  const message = find(state, number);
  if (message === null) return noSuchMessage(state);
  state.deleted.add(message);
  return ok(state, `message ${Number(number)} marked as deleted`);
}

function rset(state: Transaction): Pop3Step {
  return ok({ ...state, deleted: new Set() }, 'no message is marked as deleted');
}

function quit(state: Transaction): Pop3Step {
  return { state: { phase: 'UPDATE' }, reply: '', effect: { kind: 'update', deleted: [...state.deleted] } };
}

function capa(state: Pop3State): Pop3Step {
  return lines(state, 'capabilities follow', capabilities);
}

function splitArguments(command: Command, rest: string): string[] | null {
  if (command.args === 'rest') return rest === '' ? null : [rest];
  const args = rest.split(' ').filter((arg) => arg !== '');
  const [fewest, most] = command.args;
  return args.length < fewest || args.length > most ? null : args;
}

/** A message by its number in this session, unless it is marked as deleted. */
function find(state: Transaction, number = ''): MaildropEntry | null {
  const message = /^\d{1,9}$/.test(number) ? state.messages[Number(number) - 1] : undefined;
  return message === undefined || state.deleted.has(message) ? null : message;
}

function remaining(state: Transaction): { number: number; message: MaildropEntry }[] {
  return state.messages
    .map((message, index) => ({ number: index + 1, message }))
    .filter(({ message }) => !state.deleted.has(message));
}

function ok(state: Pop3State, text: string, effect: Pop3Effect | null = null): Pop3Step {
  return { state, reply: formatReply({ ok: true, text }), effect };
}

function refuse(state: Pop3State, text: string, code?: string): Pop3Step {
  const reply = formatReply(code === undefined ? { ok: false, text } : { ok: false, code, text });
  return { state, reply, effect: null };
}

function noSuchMessage(state: Pop3State): Pop3Step {
  return refuse(state, 'no such message');
}

/** Our listing lines never begin with a dot: they are numbers and capability words. */
function lines(state: Pop3State, text: string, list: string[]): Pop3Step {
  return ok(state, [text, ...list, '.'].join('\r\n'));
}
