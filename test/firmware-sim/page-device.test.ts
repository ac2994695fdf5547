/** The printer's page device: what a job asks of each page reaches the machine, is reported back, and cannot be forged. */
import { describe, expect, it } from 'vitest';
import { findGhostscript } from '#runtime/ghostscript.js';
import { interpret } from '../support/interpret.js';
import { missing } from '../support/peers.js';

const kinds = [
  ...(missing('gs') ? [] : [await findGhostscript()]),
  await findGhostscript({ prefer: 'wasm' }),
];
const plain = { mediaPosition: null, manualFeed: false, side: 'front', mediaType: 'stationery' };

describe.each(kinds)('the page device with $kind Ghostscript', (ghostscript) => {
  it('reaches the machine page by page and follows the graphics state', async () => {
    const { setups, said } = await interpret(
      `%!PS
<< /MediaPosition 3 /MediaClass (Transparency) /ManualFeed true /OutputFaceUp false >> setpagedevice showpage
gsave << /PageSize [792 612] /MediaPosition 1 >> setpagedevice currentpagedevice /MediaPosition get = showpage grestore
currentpagedevice dup /MediaPosition get = /MediaClass get = showpage
save << /MediaPosition null /MediaClass (Paper) /ManualFeed false >> setpagedevice showpage restore
statusdict /manualfeed true put showpage
`,
      { ghostscript },
    );
    expect(said).toBe('1\n3\nTransparency\n');
    const first = { mediaPosition: 3, mediaType: 'transparency', manualFeed: true, outputFaceUp: false };
    expect(setups).toMatchObject([
      { ...first, widthPoints: 612, heightPoints: 792 },
      { ...first, mediaPosition: 1, widthPoints: 792, heightPoints: 612 },
      first,
      { ...plain, outputFaceUp: false },
      first,
    ]);
  });
});

describe.skipIf(missing('gs'))('the page device', () => {
  it('prints on both sides where there is a duplex unit, a front first, and a new sheet for another paper', async () => {
    const job = `%!PS
<< /Duplex true /Tumble true >> setpagedevice currentpagedevice /Duplex get = 3 { showpage } repeat
<< /MediaPosition 3 >> setpagedevice 2 { showpage } repeat
<< /NumCopies 2 >> setpagedevice showpage << /NumCopies null /Duplex false >> setpagedevice /#copies 2 def showpage
`;
    const sidesOf = async (profile: 'DP' | 'N') => {
      const { setups, said } = await interpret(job, { profile });
      return [said.trim(), ...setups.map(({ side }) => side)].join(' ');
    };
    expect(await sidesOf('DP')).toBe('true front back front front back front front front front');
    expect(await sidesOf('N')).toBe(`false${' front'.repeat(9)}`);
  });

  it('takes what the printer can do, and obeys Policies where it cannot', async () => {
    const { said } = await interpret(
      `%!PS
/ask { 2 copy << 3 1 roll >> setpagedevice pop currentpagedevice exch get == } def
/Duplex true ask /MediaPosition 0 ask /MediaPosition 9 ask /MediaPosition null ask /MediaType (Gold) ask /Collate true ask
/SlipSheet 2 ask /SlipSheet 7 ask /ProcessColorModel /DeviceRGB ask
/HWResolution [1100 620] ask currentpagedevice /ProcessColorModel get ==
/ProcessColorModel /DeviceGray ask currentpagedevice /HWResolution get ==
/refuse { << 3 1 roll /Policies << 3 index 0 >> >> setpagedevice } def
/say { $error /errorname get =only ( ) print $error /command get =only ( ) print $error /errorinfo get == } def
{ /Duplex true refuse } stopped { say } if { /MediaPosition 9 refuse } stopped { say } if
{ << /Nonsense 1 /Policies << /PolicyNotFound 0 >> >> setpagedevice } stopped { $error /errorname get == } if
currentpagedevice setpagedevice currentpagedevice { pop dup type /nametype eq { (.) 0 get exch =string cvs 0 get eq { (of Ghostscript) = } if } { pop } ifelse } forall
currentpagedevice /EndPage get ==
`,
      { profile: 'N' },
    );
    expect(said.split('\n')).toEqual([
      'false', '0', '0', 'null', 'null', 'false', '2', '2', '/DeviceCMYK',
      '[1200 600]', '/DeviceCMYK', '/DeviceGray', '[1200 600]',
      'configurationerror setpagedevice [/Duplex true]', 'configurationerror setpagedevice [/MediaPosition 9]',
      '/configurationerror', '{--exch-- --pop-- 2 --ne--}', '',
    ]); // biome-ignore format: one line of values for each question
  });

  it('runs the job’s own EndPage and prints what that lets through', async () => {
    const { said, setups } = await interpret(
      `%!PS
<< /EndPage { (end ) print 2 copy = = 0 eq exch 2 mod 0 eq and } >> setpagedevice 3 { showpage } repeat
currentpagedevice /EndPage get type = systemdict /currentpagedevice get exec /PageDeviceName get ==
`,
    );
    expect(said.replaceAll('\n', ' ')).toBe('end 0 0 end 0 1 end 0 2 arraytype null end 2 3 ');
    expect(setups).toHaveLength(2);
  });

  it('begins as the job’s sender asked', async () => {
    const initial = { size: 'a4', mediaPosition: 1, duplex: true, copies: 2, monochrome: true } as const;
    const { setups, said } = await interpret(
      '%!PS\n1 0 0 setrgbcolor 50 50 99 99 rectfill showpage currentpagedevice /PageSize get ==\n',
      { initial },
    );
    const page = { widthPoints: 595, heightPoints: 842, mediaPosition: 1, colour: false };
    expect(setups).toMatchObject([page, page]);
    expect(said).toBe('[595 842]\n');
  });

  it.each([
    ['prints lookalikes', '(page 0 1 1 0 0 0 true true true 1 ) print (\\036page ) print'],
    [
      'looks into every procedure that runs',
      '300 array execstack { dup type /arraytype eq { dup rcheck { == } { pop } ifelse } { pop } ifelse } forall',
    ],
    [
      'looks through systemdict',
      'systemdict { exch pop dup type /arraytype eq { dup rcheck { == } { pop } ifelse } { pop } ifelse } forall',
    ],
    [
      'fills the stack up to each of its last places and hears every error',
      `/most 0 def { { /most count store 0 } loop } stopped clear
       errordict /stackoverflow { $error /command get == stop } put
       /left 12 def << /EndPage { 2 ne exch pop dup { most left sub count sub { 0 } repeat true } if } >> setpagedevice
       12 { { showpage } stopped { (refused ) print } if clear /left left 1 add def } repeat`,
    ],
    ['closes what its records are written to', '(%stdout) (w) file closefile (%stderr) (w) file closefile'],
    ['calls the hidden EndPage by itself', '5 { 0 0 currentpagedevice /EndPage get exec pop } repeat'],
  ])('keeps its secret from a job that %s', async (_, program) => {
    const { said, setups } = await interpret(
      `%!PS\n<< /MediaPosition 2 >> setpagedevice\n${program}\nshowpage\n`,
    );
    expect(said).not.toMatch(/[0-9a-f]{32}/);
    for (const setup of setups) expect(setup.mediaPosition === 2 || setup.mediaPosition === null).toBe(true);
  });
});
