/** The panel's page. */
import { html } from 'hono/html';
import type { Device } from '../../device/device.js';

export function panelPage(device: Device) {
  return html`<!doctype html><html lang="en"><head><title>${device.model}</title></head></html>`;
}
