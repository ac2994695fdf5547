/** What an IPP operation works with: the printer behind the face, the request, and the answer that it gives. */
import type { Clock } from '#base/clock.js';
import { PhaserLinkError } from '#base/errors.js';
import type { Log } from '#base/log.js';
import { groupTags } from '#vocab/ipp-tags.js';
import type { StatusName } from '#vocab/ipp-words.js';
import type { IppAttribute, IppGroup, IppMessage } from '#wire/ipp-message.js';
import type { Printer } from '../../printer.js';
import type { OpenJobs } from './open-jobs.js';
import type { StateClock } from './state-clock.js';

/** What the printer says of itself. */
export interface PrinterIdentity {
  name: string;
  location: string;
  organization: string;
  /** Without `urn:uuid:`. */
  uuid: string;
}

export interface IppContext {
  printer: Printer;
  identity: PrinterIdentity;
  clock: Clock;
  log: Log;
  openJobs: OpenJobs;
  stateClock: StateClock;
}

export interface IppRequest {
  message: IppMessage;
  /** RFC 8011 §4.1.4: there is always one, and it comes first. */
  operation: readonly IppAttribute[];
  /** Empty when there is none. */
  job: readonly IppAttribute[];
  /** By which host and port its sender calls us: `printer.example.com:631`. */
  authority: string;
  /** The sender's address. */
  host: string;
  /** What follows the message. */
  document: AsyncIterable<Uint8Array>;
}

export interface IppAnswer {
  status: StatusName;
  /** For people; RFC 8011 §4.1.6.2. */
  text?: string;
  /** Behind the operation attributes. */
  groups?: IppGroup[];
}

export type Operation = (request: IppRequest, context: IppContext) => IppAnswer | Promise<IppAnswer>;

/** The way out of an operation that cannot be done. */
export class IppRefusal extends PhaserLinkError {
  readonly answer: IppAnswer;

  constructor(status: StatusName, text: string, unsupported: IppAttribute[] = []) {
    super({ code: 'ipp-refused', retry: 'permanent', text, publicText: text });
    const groups = unsupported.length === 0 ? [] : [{ tag: groupTags.unsupported, attributes: unsupported }];
    this.answer = { status, text, groups };
  }
}

export function printerUri({ authority }: Pick<IppRequest, 'authority'>): string {
  return `ipp://${authority}/ipp/print`;
}

export function jobUri(request: Pick<IppRequest, 'authority'>, job: number): string {
  return `${printerUri(request)}/${job}`;
}

export function webUri({ authority }: Pick<IppRequest, 'authority'>, path: string): string {
  return `http://${authority}${path}`;
}
