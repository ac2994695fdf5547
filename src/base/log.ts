/** The log: one event name and its facts per line, as JSON for machines or as a sentence for people. */
import { pino } from 'pino';

/** `event` is a stable name in kebab-case; secrets never go in here. */
export type LogFields = { event: string } & Record<string, unknown>;

export interface Log {
  debug(fields: LogFields, text: string): void;
  info(fields: LogFields, text: string): void;
  warn(fields: LogFields, text: string): void;
  error(fields: LogFields, text: string): void;
}

/** A log that writes whole lines through `write`: pino's JSON lines, or `time level text` for people. */
export function createLog(options: { json: boolean; write: (line: string) => void; debug?: boolean }): Log {
  const { json, write, debug = false } = options;
  return json ? logForMachines(write, debug) : logForPeople(write, debug);
}

function logForMachines(write: (line: string) => void, debug: boolean): Log {
  return pino(
    {
      level: debug ? 'debug' : 'info',
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'text',
    },
    { write },
  );
}

function logForPeople(write: (line: string) => void, debug: boolean): Log {
  const say = (level: string) => (_: LogFields, text: string) =>
    write(`${new Date().toISOString().slice(11, 19)} ${level}${text}\n`);
  const unsaid = () => {};
  return {
    debug: debug ? say('debug: ') : unsaid,
    info: say(''),
    warn: say('warn: '),
    error: say('error: '),
  };
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
