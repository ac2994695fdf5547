/** What the printer's pages tell of its name and its network, from its settings and the ports that it got. */
import type { Device } from '../device/device.js';
import type { Settings } from '../settings.js';
import type { FaceName } from '../simulator.js';
import type { PrinterIdentity } from './page-writer.js';

const faceNames: Readonly<Record<FaceName, string>> = {
  raw: 'AppSocket (raw)',
  udpStatus: 'AppSocket status',
  lpd: 'LPD',
  ftp: 'FTP',
  web: 'Web page',
  ipp: 'IPP',
  snmp: 'SNMP',
  panel: 'Front panel',
};

export function identityOf(
  device: Device,
  settings: Settings,
  ports: Readonly<Partial<Record<FaceName, number>>>,
): PrinterIdentity {
  const { name, location, contact } = settings;
  const network = (Object.keys(faceNames) as FaceName[]).map((face) => {
    const port = ports[face];
    const host = settings[face]?.host;
    return [faceNames[face], port === undefined ? 'Disabled' : `${host}, port ${port}`] as const;
  });
  return { name: name ?? device.model, location: location ?? '', contact: contact ?? '', network };
}
