/** Where on a page the machine can print. */
import { findMediaSize } from '#vocab/media.js';
import type { Device, Margins } from '../device/device.js';
import type { PixelBox } from './page-rows.js';

export interface PageSize {
  widthPoints: number;
  heightPoints: number;
}

/** The margins of a page as it is looked at; none for a size that the machine does not know. */
export function marginsOf(device: Device, { widthPoints, heightPoints }: PageSize): Margins {
  const size = findMediaSize(widthPoints, heightPoints);
  if (size === undefined) return { left: 0, bottom: 0, right: 0, top: 0 };
  const { left, bottom, right, top } = device.margins[size];
  if (widthPoints <= heightPoints) return { left, bottom, right, top };
  // A landscape page lies on the sheet turned by 90 degrees counterclockwise (PLRM 6.2.1): its top edge on the sheet's left.
  return { top: left, left: bottom, bottom: right, right: top };
}

export function imageableBox(
  device: Device,
  size: PageSize,
  { width, height }: { width: number; height: number },
): PixelBox {
  const margins = marginsOf(device, size);
  const across = width / size.widthPoints;
  const down = height / size.heightPoints;
  return {
    left: Math.round(margins.left * across),
    top: Math.round(margins.top * down),
    right: width - Math.round(margins.right * across),
    bottom: height - Math.round(margins.bottom * down),
  };
}
