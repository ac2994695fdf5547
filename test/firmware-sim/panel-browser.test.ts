/** The panel in Chromium: what a person does with a mouse or with keys alone, and what is then to be seen. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findGhostscript } from '#runtime/ghostscript.js';
import { missing } from '../support/peers.js';
import { printRaw, startTestPrinter } from '../support/simulator.js';

const twoPages = '%!PS\n2 { 72 72 200 200 rectfill showpage } repeat\n';

describe.skipIf(missing('chromium'))('the panel', () => {
  const ghostscript = findGhostscript();
  let browser: Browser;
  beforeAll(async () => {
    // Chromium has no sandbox for root, which is who runs tests in a container.
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  async function open(width = 1280, settings: Record<string, unknown> = {}) {
    const printer = await startTestPrinter({
      ghostscript: await ghostscript,
      settings: { panel: { port: 0 }, ...settings },
    });
    const context = await browser.newContext({ viewport: { width, height: 900 }, reducedMotion: 'reduce' });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(8000);
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(printer.panel);
    await page.getByText('live', { exact: true }).waitFor();
    return { ...printer, page, complaints };
  }

  const shows = (page: Page, text: string) => page.locator('.display', { hasText: text }).waitFor();

  it('a jam is made, seen, taken out by click, and the pages come out', async () => {
    const { page, port, complaints, simulator } = await open();
    await page.getByRole('combobox', { name: /^What/ }).selectOption('jam=fuser');
    await page.getByLabel('before page').check();
    await page.getByRole('button', { name: 'Make it happen' }).click();
    await page.getByText('to come: jam=fuser at=page:2').waitFor();
    const printed = printRaw(port, twoPages);
    await shows(page, 'Jam at Fuser and Exit Area');
    const sheets = page.getByRole('button', { name: 'Take out the jammed paper: Fuser and Exit Area' });
    expect(await sheets.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Top Cover: closed' }).click();
    await page.getByText('Top Cover is open. Close it').waitFor();
    await sheets.click();
    await page.getByRole('button', { name: 'Top Cover: open' }).click({ position: { x: 20, y: 20 } });
    await page.getByText('All is well.').waitFor();
    await printed;
    const pictures = page.getByRole('img', { name: /^Job 1, page \d, in the Face-Up Tray$/ });
    await pictures.nth(1).waitFor();
    expect(
      await pictures.evaluateAll((all) => all.map((one) => (one as { naturalWidth?: number }).naturalWidth)),
    ).toEqual([612, 612]);
    await page.getByRole('button', { name: 'Take the pages' }).click();
    await page.getByText('is empty').first().waitFor();
    expect(simulator.printer.machine.state.counters).toMatchObject({ pages: 2, jams: 1 });
    expect(complaints).toEqual([]);
  });

  it('all of it goes without a mouse, and the focus is always to be seen', async () => {
    const { page, simulator } = await open();
    const { machine } = simulator.printer;
    /** Tabs to what is called so; everything on the way shows that it has the focus. */
    const tabTo = async (name: RegExp) => {
      for (let steps = 0; steps < 120; steps++) {
        await page.keyboard.press('Tab');
        const focus = await page.evaluate(`(() => {
          const at = document.activeElement;
          const edge = at.querySelector(':scope > .edge, :scope > g > .edge');
          const style = getComputedStyle(edge ?? at);
          return { name: at === document.body ? '' : (at.getAttribute('aria-label') ?? at.textContent) || at.id || at.name, seen: edge ? style.stroke : style.outlineStyle };
        })()`);
        const { name: at, seen } = focus as { name: string; seen: string };
        // Behind the last one the browser begins again, with nothing.
        if (at === '') continue;
        expect(['none', 'rgba(0, 0, 0, 0)'], at).not.toContain(seen);
        if (name.test(at)) return;
      }
      expect.fail(`no Tab comes to ${name}`);
    };
    await tabTo(/^Top Cover: closed/);
    await page.keyboard.press('Enter');
    await shows(page, 'Top Cover is open');
    await page.keyboard.press('Space');
    await shows(page, 'Ready');
    await tabTo(/^Menu/);
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await shows(page, 'Load paper');
    await tabTo(/^OK/);
    for (const expected of ['Load which tray?', 'Upper Tray', 'Ready']) {
      await page.keyboard.press('Enter');
      if (expected === 'Upper Tray') await page.keyboard.press('ArrowUp');
      await shows(page, expected);
    }
    expect(machine.state.inputs.upper?.medium.size).toBe('a4');
    // Print, configuration page.
    await tabTo(/^Menu/);
    for (const key of ['Enter', 'ArrowDown', 'ArrowUp']) await page.keyboard.press(key);
    await tabTo(/^OK/);
    for (const key of ['Enter', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
    await page.getByRole('row', { name: /1 configuration completed 1/ }).waitFor();
    await tabTo(/^Online/);
    await page.keyboard.press('Enter');
    await shows(page, 'Offline');
    await tabTo(/^Put everything right/);
    await page.keyboard.press('Enter');
    await shows(page, 'Ready');
    expect(machine.state.online).toBe(true);
  });

  it('what the printer refuses is said, and a script runs', async () => {
    const { page } = await open();
    await page.getByLabel('In words').fill('jam=oven');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('there is no jam area "oven"').waitFor();
    await page.getByLabel('Statements').fill('message "Hello there"; after 1h: clear');
    await page.getByRole('button', { name: 'Run' }).click();
    await shows(page, 'Hello there');
    await page.getByText('running (1 of 2) line 1: after 1h: clear').waitFor();
  });

  it('fits a telephone, whatever the machine has', async () => {
    const { page, complaints } = await open(360, { profile: 'DX' });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    await page.getByRole('button', { name: /^Duplex Unit Door: closed/ }).click();
    await shows(page, 'Duplex Unit Door is open');
    await page.getByRole('button', { name: /^Lower Tray: Letter/ }).click();
    await page.getByText('Lower Tray is missing. Insert the tray').waitFor();
    expect(complaints).toEqual([]);
  });
});
