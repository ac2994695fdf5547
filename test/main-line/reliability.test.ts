/** What goes wrong while a job of three pages prints: its end, its pages and the mails are what docs/reliability.md says, row by row. */
import { describe, expect, it } from 'vitest';
import { PhaserLinkError } from '#base/errors.js';
import { answerDeadlineMs } from '../../src/engine/open-socket.js';
import { Ledger } from '../../src/jobs/ledger.js';
import { type FaultName, type FaultRow, faultTable, notify, type Standing } from '../support/fault-table.js';
import { freePort } from '../support/free-port.js';
import { blockOf, buildHouse, type House, type HouseOptions, ShiftedClock } from '../support/house.js';
import { ManualClock } from '../support/manual-clock.js';
import { missing } from '../support/peers.js';
import { textDocument } from '../support/postscript-samples.js';
import { printRaw } from '../support/simulator.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { temporaryFile } from '../support/temporary-folder.js';
import { troubledDisk } from '../support/troubled-disk.js';
import { WatchProxy } from '../support/watch-proxy.js';

const hour = 3_600_000;
const day = 24 * hour;
const pages = 3;
/** More than is on the way in the buffers of two sockets. */
const stuffing = '% and more\n'.repeat(500_000);

/** How often the printer may be found busy with what a broken connection left in it. */
const maxTries = 500;

const report = (title = 'report') => temporaryFile('report.ps', textDocument(pages, title));
const mailReport = (house: House, file = report()) => house.mail([file], { notify: [...notify] });

/** Looks and prints until nothing is left that the printer is only busy with. */
async function settle(house: House): Promise<void> {
  for (let tries = 0; tries < maxTries; tries++) {
    try {
      return await house.runOnce();
    } catch (error) {
      if (!(error instanceof PhaserLinkError && error.code === 'printer-busy')) throw error;
    }
  }
  throw new Error('the printer stays busy');
}

/** Asks until the printer is not only busy, and leaves the question for the page counter unanswered. */
async function triesInVain(house: House, clock: ManualClock, wire: WatchProxy, questions = 1): Promise<void> {
  for (let tries = 0; tries < maxTries; tries++) {
    const asked = wire.heard.client.split('PhaserLink: ready').length - 1;
    const run = house.runOnce().then(
      () => 'nothing',
      (error) => error.code,
    );
    await Promise.race([
      run,
      wire.passed('client', 'PhaserLink: ready', asked + (tries === 0 ? questions : 1)),
    ]);
    await clock.advance(answerDeadlineMs);
    const failure = await run;
    if (failure !== 'printer-busy') return expect(failure).toBe('printer-away');
  }
  throw new Error('the printer stays busy');
}

const standingOf = async (house: House): Promise<Standing> => {
  const { state, reasons } = await house.job(1);
  return { state, reasons };
};

/** Waits until the job stands as the row says. */
async function stands(house: House, { meanwhile }: FaultRow): Promise<void> {
  await expect.poll(() => standingOf(house), { timeout: 10_000 }).toEqual(meanwhile);
}

/** The end as the row says. */
async function ends(house: House, { end, paper, mails }: FaultRow, id = 1): Promise<void> {
  const { confirmed, ...standing } = end;
  expect(await house.job(id)).toMatchObject({ ...standing, pages: { confirmed } });
  expect(house.pages()).toHaveLength(paper);
  const told = [
    ...(await house.letters('admin')).map((letter) => ({ to: 'administrator', event: '', letter })),
    ...(await house.letters()).map((letter) => ({
      to: 'sender',
      event: String(blockOf(letter).Event),
      letter,
    })),
  ];
  expect(told.map(({ to, event }) => ({ to, event }))).toEqual(mails.map(({ to, event }) => ({ to, event })));
  for (const [place, { words }] of mails.entries()) {
    expect(told[place]?.letter.text?.toLowerCase()).toContain(words.toLowerCase());
  }
}

/** Something is wrong with the printer, and is mended while the job waits there. */
function mended(words: readonly string[], options: HouseOptions = {}, meanwhile = () => {}) {
  return async (row: FaultRow) => {
    const house = await buildHouse(options);
    for (const word of words) house.say(word);
    await mailReport(house);
    const run = house.runOnce();
    await stands(house, row);
    meanwhile();
    house.say('clear');
    await run;
    await ends(house, row);
  };
}

/** The counter tells another number from the second page on. */
function lies(words: string) {
  return async (row: FaultRow) => {
    const house = await buildHouse();
    house.say('counter=1000');
    house.say(`${words} at=page:2`);
    await mailReport(house);
    await house.runOnce();
    await ends(house, row);
  };
}

/** A house whose connection to the printer can be watched and cut. */
async function watched(options: HouseOptions = {}): Promise<{ house: House; wire: WatchProxy }> {
  const port = await freePort();
  const house = await buildHouse({ ...options, printerPort: port });
  return { house, wire: await WatchProxy.start(house.rawPort, port) };
}

/** The printer has come to the end of the job, and nobody has heard of it. */
async function endUnheard(): Promise<{ house: House; broken: () => Promise<void> }> {
  const raw = { host: '127.0.0.1', port: 0, whenBusy: 'wait' } as const;
  const { house, wire } = await watched({ printer: { raw } });
  const withheld = wire.withhold({ from: 'server', at: 'PhaserLink: end' });
  await mailReport(house);
  const run = house.runOnce();
  await withheld;
  await house.printed('job-ended', 1);
  return {
    house,
    async broken() {
      wire.hangUp();
      await run.catch(() => undefined);
      await settle(house);
    },
  };
}

/** There is another tray that it would take paper from. */
const oneSheet = ['paper=upper:1', 'paper=multi-purpose:0'];
const shifted = new ShiftedClock();

const tests: Record<FaultName, (row: FaultRow) => Promise<void>> = {
  paper: mended(oneSheet),
  cover: mended(['cover=top']),
  coverMoving: mended(['cover=top at=page:2']),
  jam: mended(['jam=fuser at=page:2']),
  clock: mended(oneSheet, { clock: shifted }, () => shifted.shift(-day)),

  async powerEarly(row) {
    const house = await buildHouse();
    house.say('power at=page:1');
    await mailReport(house);
    await expect(house.runOnce()).rejects.toMatchObject({ code: 'printer-away' });
    await stands(house, row);
    house.say('power on');
    await settle(house);
    await ends(house, row);
  },

  async power(row) {
    const clock = new ShiftedClock();
    const house = await buildHouse({ clock });
    house.say('power at=page:2');
    await mailReport(house);
    await expect(house.runOnce()).rejects.toMatchObject({ code: 'printer-away' });
    for (let quarter = 0; quarter < 4; quarter++) {
      clock.shift(hour / 4);
      await expect(house.runOnce()).rejects.toMatchObject({ code: 'printer-away' });
    }
    await stands(house, row);
    house.say('power on');
    await settle(house);
    await ends(house, row);
  },

  async reset(row) {
    const port = await freePort();
    const house = await buildHouse({ printerPort: port });
    await startTcpProxy(house.rawPort, { port, cutBefore: '%%Page: 2' });
    await mailReport(house);
    await settle(house);
    await ends(house, row);
  },

  async resetAtEnd(row) {
    const { house, broken } = await endUnheard();
    await broken();
    await ends(house, row);
  },

  async resetAndOthers(row) {
    const { house, broken } = await endUnheard();
    const others = printRaw(house.rawPort, textDocument(2, 'of somebody else'));
    await broken();
    await others;
    await ends(house, row);
  },

  async gone(row) {
    const clock = new ShiftedClock();
    const house = await buildHouse({ clock, printer: null, printerPort: await freePort() });
    await mailReport(house);
    for (let quarter = 0; quarter <= 4; quarter++) {
      await expect(house.runOnce()).rejects.toMatchObject({ code: 'printer-away' });
      clock.shift(hour / 4);
    }
    await stands(house, row);
    await house.startPrinter();
    await house.runOnce();
    await ends(house, row);
  },

  async neverReads(row) {
    for (const reading of ['reading=0', 'reading=1']) {
      const clock = new ManualClock();
      const { house, wire } = await watched({ clock });
      house.say(reading);
      await mailReport(house);
      await triesInVain(house, clock, wire);
      await stands(house, row);
      house.say('clear');
      await settle(house);
      await ends(house, row);
    }
  },

  async stopsReading(row) {
    const clock = new ManualClock();
    const house = await buildHouse({ clock });
    house.say('reading=0 at=page:1');
    const text = textDocument(pages).replace('%%Page: 2', `${stuffing}%%Page: 2`);
    await mailReport(house, temporaryFile('report.ps', text));
    const run = house.runOnce();
    await house.printed('page', 1);
    await clock.advance(hour);
    await stands(house, row);
    house.say('clear');
    await run;
    await ends(house, row);
  },

  async garbage(row) {
    const clock = new ManualClock();
    const { house, wire } = await watched({ clock });
    house.say('back-channel=garbled at=page:1');
    await mailReport(house);
    // The question of the attempt itself it has answered.
    await triesInVain(house, clock, wire, 2);
    // To be busy with our own question would begin its time anew.
    const isFree = () =>
      printRaw(house.rawPort, '').then(
        () => true,
        () => false,
      );
    await expect.poll(isFree).toBe(true);
    await triesInVain(house, clock, wire);
    await stands(house, row);
    house.say('clear');
    await settle(house);
    await ends(house, row);
  },

  counterBack: lies('counter=10'),
  counterStill: lies('counter=997'),
  counterJumps: lies('counter=1005'),

  async smtp(row) {
    const clock = new ShiftedClock();
    const smtpPort = await freePort();
    const house = await buildHouse({ clock, smtpPort });
    await mailReport(house);
    for (let quarter = 0; quarter < 4; quarter++) {
      await house.runOnce();
      clock.shift(day / 4);
    }
    expect(house.pages()).toHaveLength(row.paper);
    expect(await house.letters()).toEqual([]);
    await startTcpProxy(house.smtpPort, { port: smtpPort });
    await house.runOnce();
    await ends(house, row);
  },

  async diskFull(row) {
    const { house, disk } = await onTroubledDisk();
    await house.startPrinter();
    await mailReport(house);
    const failed = expect(house.runOnce()).rejects.toMatchObject({ code: 'ledger-failed' });
    await house.told('printing', 1);
    disk.full();
    await failed;
    await stands(house, row);
    disk.well();
    await settle(house);
    await ends(house, row);
  },

  async diskReadOnly(row) {
    const { house, disk } = await onTroubledDisk();
    await mailReport(house);
    await expect(house.runOnce()).rejects.toMatchObject({ code: 'printer-away' });
    await house.startPrinter();
    disk.readOnly();
    await expect(house.runOnce()).rejects.toMatchObject({ code: 'ledger-failed' });
    await stands(house, row);
    expect(house.pages()).toEqual([]);
    disk.well();
    await settle(house);
    await ends(house, row);
  },

  async noRoom(row) {
    const allow = ['@example.com'];
    // A mail takes twice its size while it is read.
    const house = await buildHouse({ allow, jobs: { maxSpoolBytes: 130_000 } });
    const held = `From: mallory@example.com\nSubject: [hold] held\n\n${textDocument(20)}`;
    await house.mailRaw(held, 'mallory@example.com');
    await house.runOnce();
    const text = textDocument(pages) + '% and more\n'.repeat(2_500);
    await mailReport(house, temporaryFile('report.ps', text));
    await house.runOnce();
    expect(await house.waiting()).toBe(1);
    await house.grant(1, { wish: 'cancel' });
    await house.runOnce();
    expect(await house.waiting()).toBe(0);
    await ends(house, row, 2);
  },
};

/** A house without a printer yet. */
async function onTroubledDisk() {
  const disk = await troubledDisk();
  const ledger = (dataDir: string, clock: HouseOptions['clock'] & object) =>
    Ledger.open({ dataDir, clock, sqlite: disk.open });
  const house = await buildHouse({ ledger, printer: null, printerPort: await freePort() });
  return { house, disk };
}

describe.skipIf(missing('gs'))('a job of three pages, and', () => {
  for (const name of Object.keys(tests) as FaultName[]) {
    it(faultTable[name].fault, () => tests[name](faultTable[name]));
  }
});
