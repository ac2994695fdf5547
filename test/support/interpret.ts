/** Runs one document through the printer's interpreter alone: no machine, no faces; its pages go into a tray of their own. */
import { join } from 'node:path';
import { systemClock } from '#base/clock.js';
import { findGhostscript, type Ghostscript } from '#runtime/ghostscript.js';
import { type ProfileName, profiles } from '../../firmware-sim/device/phaser-740.js';
import { type InterpretedJob, Interpreter } from '../../firmware-sim/interpreter/interpreter.js';
import type { InitialPage } from '../../firmware-sim/interpreter/page-device.js';
import type { PageSetup } from '../../firmware-sim/interpreter/page-setup.js';
import { OutputTray, type PageInWork, type RasterKind } from '../../firmware-sim/rasters/output-tray.js';
import { temporaryFolder } from './temporary-folder.js';

export interface Interpreted extends InterpretedJob {
  /** What it printed on the back-channel. */
  said: string;
  setups: PageSetup[];
  /** The paths of its pictures. */
  files: string[];
  /** In which they lie, with their rasters. */
  folder: string;
}

export interface InterpretOptions {
  ghostscript?: Ghostscript;
  profile?: ProfileName;
  dpi?: number;
  rasters?: RasterKind[];
  initial?: InitialPage;
  format?: string;
}

let found: Promise<Ghostscript> | null = null;

export async function interpret(
  document: string | Uint8Array,
  options: InterpretOptions = {},
): Promise<Interpreted> {
  found ??= findGhostscript();
  const ghostscript = options.ghostscript ?? (await found);
  const { profile = 'DX', dpi = 72, rasters = [], initial = {}, format = null } = options;
  const device = profiles[profile];
  const out = temporaryFolder();
  const tray = new OutputTray({ folder: out, device, resolutionDpi: dpi, rasters });
  const job = tray.startJob(1);
  let said = '';
  const setups: PageSetup[] = [];
  const files: string[] = [];
  const interpreter = new Interpreter<PageInWork>(
    {
      ghostscript,
      clock: systemClock,
      rasterDpi: rasters.length === 0 ? dpi : null,
      format,
      facts: {
        device,
        media: {},
        initial,
        lifePageCount: 100,
        jobTimeoutSeconds: 60,
        waitTimeoutSeconds: 60,
      },
    },
    {
      receivePage: (page) => job.receivePage(page),
      printPage: async (page, setup) => {
        setups.push(setup);
        files.push(await job.lay(page));
      },
      reply: async (bytes) => {
        said += Buffer.from(bytes).toString('latin1');
      },
    },
  );
  await interpreter.feed(typeof document === 'string' ? Buffer.from(document, 'latin1') : document);
  interpreter.endOfInput();
  const ended = await interpreter.done;
  await job.end();
  return { ...ended, said, setups, files, folder: join(out, 'job-0001') };
}
