/** Supplies run down: what one printed page takes of each, and how full they are. */
import { mediaSizes } from '#vocab/media.js';
import { type Device, hasColour, type SupplyDescription } from '../device/device.js';
import type { MachineState, PageRequest, SupplyState } from './state.js';

/** What a cartridge's yield in pages is measured at. */
const coverageOfYield = 0.05;
/** A colour page turns the imaging unit four times (ours, FACTS 10.2). */
const imagingTurnsOfColour = 4;

/** Percent of its life that is left; below 0 when it is worn beyond it. */
export function levelPercent({ used }: SupplyState): number {
  return Math.round((1 - used) * 100);
}

/** The supplies after one more page. */
export function wear(device: Device, state: MachineState, page: PageRequest): MachineState['supplies'] {
  const worn = device.supplies.map((supply) => {
    const before = state.supplies[supply.id];
    if (before === undefined) return [supply.id, { used: 0, present: false, wrong: false }] as const;
    return [supply.id, { ...before, used: before.used + share(device, supply, page) }] as const;
  });
  return Object.fromEntries(worn);
}

function share(device: Device, supply: SupplyDescription, page: PageRequest): number {
  if (supply.colorant !== null) {
    const covered = page.coverage[supply.colorant] ?? 0;
    return (covered * areaRatio(page)) / coverageOfYield / supply.yieldPages;
  }
  const turns = supply.kind === 'imaging-unit' && page.colour && hasColour(device) ? imagingTurnsOfColour : 1;
  return turns / supply.yieldPages;
}

/** Of the page to a Letter page, for which yields are given. */
function areaRatio({ medium }: PageRequest): number {
  const { widthPoints, heightPoints } = mediaSizes[medium.size];
  return (widthPoints * heightPoints) / (mediaSizes.letter.widthPoints * mediaSizes.letter.heightPoints);
}
