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
  const { json, write } = options;
  return pino(
    {
      level: options.debug ? 'debug' : 'info',
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'text',
    },
    { write: json ? write : (line) => write(forPeople(line)) },
  );
}

function forPeople(line: string): string {
  const { time, level, text } = JSON.parse(line) as { time: string; level: string; text: string };
  return `${time.slice(11, 19)} ${level === 'info' ? '' : `${level}: `}${text}\n`;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
