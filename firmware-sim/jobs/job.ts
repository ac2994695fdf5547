/** A job as the simulated printer knows it, whatever face it came by. */
import type { JobState } from '#vocab/job-states.js';
import type { Medium } from '#vocab/media.js';

export type ChannelId = 'raw' | 'lpd' | 'ipp' | 'ftp' | 'panel';

/** What a face asks of all the job's pages; the document's own page device has the last word. */
export interface JobOptions {
  copies?: number;
  sides?: 'one-sided' | 'two-sided-long-edge' | 'two-sided-short-edge';
  medium?: Medium;
  /** The id of an input. */
  input?: string;
  monochrome?: boolean;
  /** The id of an output. */
  output?: string;
  /** A sheet of its own before it. */
  coverSheet?: boolean;
  /** Only these pages of each document are printed, counted from 1. */
  pageRanges?: readonly NumberRange[];
  /** The later one wins. */
  overrides?: readonly PageOverride[];
}

/** Both ends included. */
export interface NumberRange {
  from: number;
  to: number;
}

/** Other options for some pages of some documents; null is all of them. */
export interface PageOverride {
  pages: readonly NumberRange[] | null;
  documents: readonly NumberRange[] | null;
  options: Pick<JobOptions, 'medium' | 'input' | 'output'>;
}

export interface Ticket {
  channel: ChannelId;
  /** For people; may be empty. */
  name: string;
  user: string;
  /** From where it came. */
  host: string;
  options: JobOptions;
}

export interface PrinterJob {
  readonly number: number;
  readonly ticket: Ticket;
  state: JobState;
  /** RFC 8011 §5.3.8, and PWG's further ones. */
  reasons: readonly string[];
  /** Sides that lie in the output. */
  pages: number;
  sheets: number;
  bytes: number;
  documents: number;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** The PostScript error that ended it. */
  error: { name: string; command: string } | null;
}

/** A page that lies in an output. */
export interface LaidPage {
  job: number;
  /** Its place among those of its job that came out, from 1. */
  page: number;
  output: string;
  colour: boolean;
}
