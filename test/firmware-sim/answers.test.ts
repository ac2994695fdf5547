/** What the printer answers to drivers and queries, and how it prints what is not PostScript. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { interpret } from '../support/interpret.js';
import { missing } from '../support/peers.js';
import { temporaryFile } from '../support/temporary-folder.js';

const noGhostscript = missing('gs');
const fixtures = fileURLToPath(new URL('../../../fixtures/ps', import.meta.url));

/** Each asks in its own way; the words are those of the programs. */
const queries: [string, string, string][] = [
  [
    'LPRng for the page counter',
    '/pagecount{statusdict begin pagecount end (                ) cvs print (\\n) print flush}def pagecount (%%[ pagecount: )print statusdict begin pagecount end 20 string cvs print ( ]%%) = flush',
    '100\n%%[ pagecount: 100 ]%%\n',
  ],
  [
    'CUPS with a PPD for the resolution and the RAM',
    'save currentpagedevice /HWResolution get 0 get (          ) cvs print (dpi) = flush restore currentsystemparams /InstalledRam get 1048576 div cvi =',
    '600dpi\n64\n',
  ],
  [
    'Windows for what the printer is',
    '%%?BeginQuery: Printer\nstatusdict begin (%%[ ProductName: ) print product print ( ]%%)= flush end\n/product where {pop product =} {(Unknown) =} ifelse version == revision = languagelevel =\n%%?EndQuery: Unknown',
    '%%[ ProductName: Phaser 740 ]%%\nPhaser 740\n(3010.108)\n8\n3\n',
  ],
  [
    'Windows for a font',
    '%%?BeginFontQuery: Times-Roman\n/Q { dup 50 string cvs print (:) print /Font resourcestatus { pop pop (Yes) } { (No) } ifelse = } def /Times-Roman Q /Fancy Q\n%%?EndFontQuery: *',
    'Times-Roman:Yes\nFancy:No\n',
  ],
  [
    'an old driver for trays, duplex and password',
    'statusdict begin 0 setpapertray papertray = true setduplexmode duplexmode = true settumble tumble = diskstatus = = 0 checkpassword = 1 checkpassword = 40 setjobtimeout jobtimeout = 20 string printername = manualfeedtimeout = end',
    '0\nfalse\ntrue\n0\n0\ntrue\nfalse\n40\nPhaser 740N\n600\n',
  ],
  [
    'a driver of a later Phaser for the vendor’s procedures and user parameters',
    'mark { /RRCustomProcs /ProcSet findresource begin (me) logusername (job) logjobname logjobinfo true setforceinterpolate getforceinterpolate = end } stopped cleartomark 0 1 dict dup /JobTimeout 4 -1 roll put setuserparams currentpagedevice /DeviceRenderingInfo get type =',
    'true\ndicttype\n',
  ],
  [
    'for the devices',
    '(%Engine%) currentdevparams /PageCount get = (%Calendar%) currentdevparams /Year get 2000 gt = currentsystemparams dup /PrinterName get = /ByteOrder get =',
    '100\ntrue\nPhaser 740N\nfalse\n',
  ],
  [
    'to leave the job’s encapsulation',
    'true 0 startjob = true (x) startjob = serverdict begin 0 exitserver (still here) =',
    'true\nfalse\n%%[ exitserver: permanent state may be changed ]%%\nstill here\n',
  ],
  [
    'to leave it with a wrong password',
    'serverdict begin 12345 exitserver (never) =',
    '%%[ Error: invalidaccess; OffendingCommand: exitserver ]%%\n%%[ Flushing: rest of job (to end-of-file) will be ignored ]%%\n',
  ],
];

/** As the Windows driver of a later Phaser writes them (PScript5): its wishes gathered in a dictionary, each guarded, then set. */
const windowsJob = `%!PS-Adobe-3.0
%%Title: report.doc
%%Creator: PScript5.dll Version 5.2
%%Pages: (atend)
%%EndComments
[{
%%BeginFeature: *JobPatchFile 1
userdict /wanted$ << /MediaClass null /MediaPosition null /PageSize [612 792] /TraySwitch true /ImagingBBox null
  /ProcessColorModel /DeviceCMYK /DeviceRenderingInfo currentpagedevice 1 index get 1 dict copy /PostRenderingEnhance false >> put
%%EndFeature
} stopped cleartomark
userdict begin /featurebegin { countdictstack /lucas 21690 def lucas [ } bind def
/featurecleanup { stopped { cleartomark dup lucas eq { pop exit } if } loop countdictstack exch sub dup 0 gt { { end } repeat } { pop } ifelse } bind def end
statusdict begin (%%[ ProductName: ) print product print ( ]%%)= flush end
[ { 0 1 dict dup /JobTimeout 4 -1 roll put setuserparams } stopped cleartomark
[ { 120 1 dict dup /WaitTimeout 4 -1 roll put setuserparams } stopped cleartomark
[ { wanted$ /MediaClass (Paper) put } stopped cleartomark
[ { << /Duplex true /Tumble false >> wanted$ copy pop } stopped cleartomark
[ { << /HWResolution [563 400] >> wanted$ copy pop } stopped cleartomark
[ { << /DeviceRenderingInfo wanted$ 1 index get 1 dict copy dup /VirtualColorDevice << /Type 3 /ColorTransform /Automatic >> put >> wanted$ copy pop } stopped cleartomark
[ { 0 /RRCustomProcs /ProcSet findresource /setslipsheetsource get exec wanted$ /SlipSheet 0 put } stopped cleartomark
[ { wanted$ setpagedevice } stopped { (not set) = } if cleartomark
userdict begin /ehsave save def end
[ 72 600 div 0 0 -72 600 div 15 778 ] concat 0 0 0 setrgbcolor 500 500 300 300 rectfill showpage
500 500 300 300 rectfill showpage ehsave restore
%%Pages: 2
%%EOF
`;

describe.skipIf(noGhostscript)('the printer answers', () => {
  it('a Windows driver, and prints what it asks for', async () => {
    const { said, setups, error } = await interpret(windowsJob);
    expect({ said, error }).toEqual({ said: '%%[ ProductName: Phaser 740 ]%%\n', error: null });
    const page = { mediaType: 'stationery', mediaPosition: null, colour: false };
    expect(setups).toMatchObject([
      { ...page, side: 'front' },
      { ...page, side: 'back' },
    ]);
    expect(setups[0]?.coverage.black).toBeCloseTo(36 ** 2 / (612 * 792), 3);
  });

  it.each(queries)('%s', async (_, program, answer) => {
    const { said, pages } = await interpret(`%!PS\n${program}\n`, { profile: 'N' });
    expect(said).toBe(answer);
    expect(pages).toBe(0);
  });

  it('with the error that ended the job, however the job reports it', async () => {
    const handler = 'errordict /handleerror { (mine) = } put\n';
    expect(await interpret(`%!PS\n${handler}1 0 div\n`)).toMatchObject({
      error: { name: 'undefinedresult', command: 'div' },
      said: expect.stringMatching(/^mine\n%%\[ Flushing/),
    });
    expect((await interpret('%!PS\n(odd\nname; OffendingCommand: x) cvn load\n')).error).toEqual({
      name: 'undefined',
      command: 'load',
    });
    expect((await interpret('%!PS\nshowpage\n')).error).toBeNull();
  });
});

function draw(device: string, options: string[] = []): Buffer {
  const source = ['-sPAPERSIZE=letter', ...options, `${fixtures}/vector-colours.ps`];
  const output = ['-sOutputFile=%stdout', '-sstdout=%stderr', `-sDEVICE=${device}`];
  return execFileSync('gs', ['-q', '-dSAFER', '-dNOPAUSE', '-dBATCH', ...output, ...source], {
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

describe.skipIf(noGhostscript)('the printer prints', () => {
  it('PDF by itself, however it is named, in the cage of every job', async () => {
    const pdf = draw('pdfwrite');
    for (const format of ['application/pdf', 'application/octet-stream']) {
      const { pages, said, error, setups } = await interpret(pdf, { format });
      expect({ pages, said, error }).toEqual({ pages: 2, said: '', error: null });
      expect(setups.map(({ colour }) => colour)).toEqual([true, true]);
    }
  });

  it('an error in the printer’s words for a PDF that cannot be read', async () => {
    const { pages, error } = await interpret(draw('pdfwrite').subarray(0, 700));
    expect({ pages, error }).toEqual({ pages: 0, error: { name: 'ioerror', command: 'PDF' } });
  });

  it('JPEG fitted into the imageable area, turned where that is larger', async () => {
    const jpeg = draw('jpeg', ['-r36', '-dLastPage=1']);
    const upright = await interpret(jpeg);
    expect(upright).toMatchObject({ pages: 1, said: '', error: null });
    const { coverage } = upright.setups[0] ?? {};
    expect(coverage?.cyan).toBeGreaterThan(0.01);
    const flat = execFileSync('gs', [
      '-q',
      '-dSAFER',
      '-dNOPAUSE',
      '-dBATCH',
      '-sDEVICE=jpeggray',
      '-g200x100',
      '-r72',
      '-sOutputFile=%stdout',
      '-c',
      '0 0 200 100 rectfill showpage',
    ]);
    const { setups } = await interpret(flat);
    // Turned, the 2 to 1 picture is as high as the page lets it be.
    const filled = ((792 - 34) / 2) * (792 - 34);
    expect(setups[0]?.coverage.black).toBeCloseTo(filled / (612 * 792), 2);
    expect(setups[0]?.colour).toBe(false);
  });

  it('a broken JPEG not at all', async () => {
    const { pages, error } = await interpret(Buffer.from('ffd8ffe00004', 'hex'), { format: 'image/jpeg' });
    expect({ pages, name: error?.name }).toEqual({ pages: 0, name: 'ioerror' });
  });

  it('a document as its sender named it, and PostScript where nothing else is known', async () => {
    const text = readFileSync(temporaryFile('odd.ps', '(%PDF-1.4 is no PDF here) = showpage\n'));
    expect(await interpret(text)).toMatchObject({ pages: 1, said: '%PDF-1.4 is no PDF here\n' });
    expect(
      await interpret('%PDF- but PostScript\nshowpage', { format: 'application/postscript' }),
    ).toMatchObject({
      pages: 1,
    });
  });
});
