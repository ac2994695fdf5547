/** A device that is faster or slower than it was: its times, and nothing else, divided by a factor. */
import type { Device } from './device.js';

/** `instant` takes no time at all. */
export type Speed = 'instant' | 'rated' | number;

export function atSpeed(device: Device, speed: Speed): Device {
  const factor = speed === 'instant' ? Number.POSITIVE_INFINITY : speed === 'rated' ? 1 : speed;
  const { monoPagesPerMinute, colourPagesPerMinute, firstPageSeconds, warmUpSeconds } = device.speed;
  return {
    ...device,
    speed: {
      ...device.speed,
      monoPagesPerMinute: monoPagesPerMinute * factor,
      colourPagesPerMinute: colourPagesPerMinute * factor,
      firstPageSeconds: firstPageSeconds / factor,
      warmUpSeconds: warmUpSeconds / factor,
    },
  };
}
