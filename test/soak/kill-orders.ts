/** Where the server is killed next: before and after each durable step in turn, the least visited first, and at any moment. */
import type { Random } from './random.js';

/** Ends the server at the nth pass of a step. */
export interface KillOrder {
  step: string;
  nth: number;
  when: 'before' | 'after';
}

/** How many passes of a step in one server's life are tried. */
const maxNth = 3;
/** Every so many kills comes at any moment. */
const momentEvery = 4;
const longestMomentMs = 4_000;

/** What every server comes to that prints a job; the others are learnt from its notes. */
const knownSteps = [
  'commit of job received',
  'commit of job transforming-started',
  'commit of job attempt-started, job transformed',
  'commit of job printed',
  'commit of outbox',
];

export class KillOrders {
  readonly #random: Random;
  /** `before commit of jobs` and the like: how often the server was killed there. */
  readonly kills = new Map<string, number>();
  /** The steps that some server has come to. */
  readonly seen = new Set<string>();
  /** How often it was tried in vain. */
  readonly #tried = new Map<string, number>();
  #given = 0;

  constructor(random: Random) {
    this.#random = random;
    for (const step of knownSteps) this.#begin(step);
  }

  /** Takes in what a server has noted. */
  learn(notes: string): void {
    for (const line of notes.split('\n')) {
      const [, step] = /^seen (.+)/.exec(line) ?? [];
      if (step !== undefined) {
        this.#begin(step);
        this.seen.add(step);
      }
      const [, place] = /^killed (.+)/.exec(line) ?? [];
      if (place !== undefined) this.count(place);
    }
  }

  count(place: string): void {
    this.kills.set(place, (this.kills.get(place) ?? 0) + 1);
  }

  /** The next place, or after how many milliseconds. */
  next(): KillOrder | { afterMs: number } {
    const places = [...this.#tried];
    if (++this.#given % momentEvery === 0) return { afterMs: this.#random.below(longestMomentMs) };
    const least = Math.min(...places.map(([, times]) => times));
    const place = this.#random.pick(places.filter(([, times]) => times === least).map(([name]) => name));
    this.#tried.set(place, least + 1);
    const [, when, step] = /^(before|after) (.+)/.exec(place) ?? [];
    return {
      step: step ?? '',
      when: when === 'before' ? 'before' : 'after',
      // A step that comes once in a server's life is met at its first pass.
      nth: least % 2 === 0 ? 1 : 1 + this.#random.below(maxNth),
    };
  }

  #begin(step: string): void {
    for (const place of [`before ${step}`, `after ${step}`]) {
      if (!this.#tried.has(place)) this.#tried.set(place, 0);
    }
  }
}
