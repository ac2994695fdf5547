/** Makes the printer fail while it prints, and puts it right again after a while, as people do. */
import type { Random } from './random.js';
import type { SoakHouse } from './soak-house.js';

/** How often a job meets with something. */
const share = 0.2;
const longestBeforeResetMs = 400;
/** How often somebody passes the printer, and whether they mend it. */
const passesEveryMs = 500;
const mendsIt = 0.5;

const atPages = [1, 2, 3];
const troubles = ['connection reset', 'power cut', 'out of paper', 'jam', 'cover open'] as const;
export type Trouble = (typeof troubles)[number];

const faultWords: Record<Exclude<Trouble, 'connection reset'>, readonly string[]> = {
  'power cut': ['power'],
  // Of what was fed already nothing is missing; from the other tray it would go on.
  'out of paper': ['paper=multi-purpose:0', 'paper=upper:0'],
  jam: ['jam=fuser'],
  'cover open': ['cover=top'],
};

export class Gremlin {
  readonly #house: SoakHouse;
  readonly #random: Random;
  readonly done = new Map<Trouble, number>();
  readonly #passing: NodeJS.Timeout;
  #quiet = false;
  #isThere = false;

  constructor(house: SoakHouse, random: Random) {
    this.#house = house;
    this.#random = random;
    house.printer.log.listen(({ event }) => {
      if (event === 'job-started' && !this.#quiet && random.chance(share)) void this.#strike();
    });
    this.#passing = setInterval(() => void this.#pass(), passesEveryMs);
  }

  /** Nothing goes wrong any more, and what is wrong is mended. */
  async quiet(): Promise<void> {
    this.#quiet = true;
    await this.#mend();
  }

  stop(): void {
    clearInterval(this.#passing);
  }

  async #strike(): Promise<void> {
    const trouble = this.#random.pick(troubles);
    const page = this.#random.pick(atPages);
    this.done.set(trouble, (this.done.get(trouble) ?? 0) + 1);
    if (trouble === 'connection reset') {
      setTimeout(() => this.#house.wire.reset(), this.#random.below(longestBeforeResetMs));
      return;
    }
    for (const words of faultWords[trouble]) await this.#house.say(`${words} at=page:${page}`);
  }

  async #pass(): Promise<void> {
    if (this.#isThere) return;
    this.#isThere = true;
    await this.#look().finally(() => {
      this.#isThere = false;
    });
  }

  async #look(): Promise<void> {
    const { phase, stopped } = await this.#house.state();
    if ((phase === 'off' || stopped) && (this.#quiet || this.#random.chance(mendsIt))) await this.#mend();
  }

  /** A printer without power hears of nothing else. */
  async #mend(): Promise<void> {
    await this.#house.say('power on');
    await this.#house.say('clear');
  }
}
