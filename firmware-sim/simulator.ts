/** Puts the simulated printer together: the printer, and a face for each one that the settings name. */
import { type Clock, systemClock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import type { Ghostscript } from '#runtime/ghostscript.js';
import { startFtpFace } from './faces/ftp.js';
import { startIppFace } from './faces/ipp/ipp-face.js';
import { startLpdFace } from './faces/lpd.js';
import { startRawFace } from './faces/raw.js';
import { startSnmpFace } from './faces/snmp.js';
import { channel } from './faces/snmp-model.js';
import type { Face } from './faces/tcp-face.js';
import { startUdpStatusFace } from './faces/udp-status.js';
import { identityOf } from './pages/identity.js';
import { type OwnPages, startOwnPages } from './pages/print-own-pages.js';
import { openPrinter, type Printer } from './printer.js';
import type { Settings } from './settings.js';

export interface SimulatorOptions {
  settings: Settings;
  /** Begin with a new machine: counters at 0, full trays, new supplies. */
  fresh?: boolean;
  ghostscript: Ghostscript;
  log: Log;
  clock?: Clock;
}

export type FaceName = 'raw' | 'udpStatus' | 'lpd' | 'ftp' | 'ipp' | 'snmp';

export interface Simulator {
  printer: Printer;
  /** Of the faces that are on. */
  ports: Readonly<Partial<Record<FaceName, number>>>;
  ownPages: OwnPages;
  stop(): Promise<void>;
}

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { settings, ghostscript, log, fresh = false } = options;
  const clock = options.clock ?? systemClock;
  const printer = await openPrinter({ settings, fresh, ghostscript, clock, log });
  const common = { printer, clock, log };
  const faces: Face[] = [];
  const ports: Partial<Record<FaceName, number>> = {};
  const started = async (name: FaceName, starting: Promise<Face>) => {
    const face = await starting;
    faces.push(face);
    ports[name] = face.port;
  };
  let ownPages: OwnPages | null = null;
  const stop = async () => {
    ownPages?.stop();
    for (const face of faces.reverse()) await face.stop();
    await printer.stop();
  };
  try {
    const patient = { ...common, waitTimeoutSeconds: settings.waitTimeoutSeconds };
    const { raw, udpStatus, lpd, ftp, ipp, snmp, dataDir } = settings;
    const { name, location, contact } = settings;
    if (raw) await started('raw', startRawFace({ ...raw, ...patient }));
    if (udpStatus) await started('udpStatus', startUdpStatusFace({ ...udpStatus, ...common }));
    if (lpd) await started('lpd', startLpdFace({ ...lpd, ...patient }));
    if (ftp) await started('ftp', startFtpFace({ ...ftp, ...patient }));
    if (ipp) await started('ipp', startIppFace({ ...ipp, name, location, dataDir, ...common }));
    // After the faces that it tells of.
    const channels = raw && ports.raw ? [channel('chAppSocket', 'socket', raw.host, ports.raw)] : [];
    if (snmp)
      await started(
        'snmp',
        startSnmpFace({ settings: { ...snmp, name, location, contact }, dataDir, channels, ...common }),
      );
    const identity = identityOf(printer.machine.device, settings, ports);
    ownPages = startOwnPages({ identity, unasked: settings.ownPages, ...common });
    return { printer, ports, ownPages, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
