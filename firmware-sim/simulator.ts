/** Puts the simulated printer together: the printer, and a face for each one that the settings name. */
import { type Clock, systemClock } from '#base/clock.js';
import type { Log } from '#base/log.js';
import type { Ghostscript } from '#runtime/ghostscript.js';
import { ScriptRunner } from './control/script-runner.js';
import { type AdvertisedService, advertise } from './faces/advertise.js';
import { startFtpFace } from './faces/ftp.js';
import { identify, startIppFace } from './faces/ipp/ipp-face.js';
import { startLpdFace } from './faces/lpd.js';
import { startPanelFace } from './faces/panel/panel-face.js';
import { startRawFace } from './faces/raw.js';
import { channel } from './faces/snmp-model.js';
import type { Face } from './faces/tcp-face.js';
import { startUdpStatusFace } from './faces/udp-status.js';
import { startWebFace } from './faces/web.js';
import { identityOf } from './pages/identity.js';
import { OwnPages } from './pages/print-own-pages.js';
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

export type FaceName = 'raw' | 'udpStatus' | 'lpd' | 'ftp' | 'web' | 'ipp' | 'snmp' | 'panel';

export interface Simulator {
  printer: Printer;
  /** Of the faces that are on. */
  ports: Readonly<Partial<Record<FaceName, number>>>;
  ownPages: OwnPages;
  scripts: ScriptRunner;
  stop(): Promise<void>;
}

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { settings, ghostscript, log, fresh = false } = options;
  const clock = options.clock ?? systemClock;
  const printer = await openPrinter({ settings, fresh, ghostscript, clock, log });
  const scripts = new ScriptRunner({ machine: printer.machine, clock, log });
  const common = { printer, clock, log };
  const faces: Face[] = [];
  const ports: Partial<Record<FaceName, number>> = {};
  const started = async (name: FaceName, starting: Promise<Face>) => {
    const face = await starting;
    faces.push(face);
    ports[name] = face.port;
  };
  const identity = () => identityOf(printer.machine.device, settings, ports);
  const ownPages = new OwnPages({ identity, ...common });
  let endUnasked = () => {};
  let endAdvertising = async () => {};
  const stop = async () => {
    endUnasked();
    await endAdvertising();
    scripts.stop('the printer was stopped');
    for (const face of faces.reverse()) await face.stop();
    await printer.stop();
  };
  try {
    const patient = { ...common, waitTimeoutSeconds: settings.waitTimeoutSeconds };
    const { raw, udpStatus, lpd, ftp, web, ipp, snmp, panel, dataDir } = settings;
    const { name, location, contact } = settings;
    if (raw) await started('raw', startRawFace({ ...raw, ...patient }));
    if (udpStatus) await started('udpStatus', startUdpStatusFace({ ...udpStatus, ...common }));
    if (lpd) await started('lpd', startLpdFace({ ...lpd, ...patient }));
    if (ftp) await started('ftp', startFtpFace({ ...ftp, ...patient }));
    if (web) await started('web', startWebFace({ ...web, ...common }));
    if (ipp) await started('ipp', startIppFace({ ...ipp, name, location, dataDir, ...common }));
    // After the faces that it tells of.
    const channels = [
      ...channel('chAppSocket', raw?.host, ports.raw),
      ...channel('chLPDServer', lpd?.host, ports.lpd),
      ...channel('chFTP', ftp?.host, ports.ftp),
      ...channel('chIPP', ipp?.host, ports.ipp),
    ];
    if (snmp) {
      // Its cryptography takes a moment to load.
      const { startSnmpFace } = await import('./faces/snmp.js');
      await started(
        'snmp',
        startSnmpFace({ settings: { ...snmp, name, location, contact }, dataDir, channels, ...common }),
      );
    }
    if (panel) await started('panel', startPanelFace({ ...panel, scripts, ownPages, ...common }));
    if (settings.advertise) {
      const services = advertised.flatMap(([face, type]) => {
        const port = ports[face];
        return port === undefined ? [] : [{ type, port }];
      });
      const who = identify({ name, location, dataDir, printer });
      endAdvertising = advertise({ ...who, services, machine: printer.machine, log });
    }
    endUnasked = ownPages.printUnasked(settings.ownPages);
    return { printer, scripts, ports, ownPages, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Bonjour Printing Specification §4: LPD, then raw printing, then IPP are called by these names. */
const advertised = [
  ['lpd', 'printer'],
  ['raw', 'pdl-datastream'],
  ['ipp', 'ipp'],
] as const satisfies readonly (readonly [FaceName, AdvertisedService['type']])[];
