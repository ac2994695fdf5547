/** How documents that are not PostScript are printed: programs of ours in front of them, in the same cage with the same limits. */
import type { DocumentFormat } from '#vocab/line.js';
import type { Device } from '../device/device.js';

/** What is fed in front of a document of this format; empty for PostScript, null for one that cannot be printed. */
export function documentProgram(format: DocumentFormat): string | null {
  return programs[format] ?? null;
}

const programs: Partial<Record<DocumentFormat, string>> = {
  'application/postscript': '',
  'application/pdf': '%!PS\nsystemdict /.printpdf get exec\n',
  'image/jpeg': '%!PS\nsystemdict /.printjpeg get exec\n',
};

/** Defines the two procedures; runs while systemdict can be written and the private dictionary is open. */
export function composeDocumentPrograms(device: Device): string {
  const margin = Math.ceil(Math.max(...Object.values(device.margins).flatMap((each) => Object.values(each))));
  return `
% file spool file: the rest of the file in the run's private folder, to be read from anywhere.
/spool {
  () (w+) .tempfile exch pop exch 32000 string
  { 2 copy readstring 4 index 2 index writestring exch pop not { exit } if } loop
  pop pop dup 0 setfileposition
} bind def

% A document that cannot be read ends without a page and without an error.
systemdict /.printpdf {
  //gscurrentpagedevice /PageCount get
  currentfile //spool exec runpdf
  //gscurrentpagedevice /PageCount get eq { (PDF) cvn cvx /ioerror signalerror } if
} bind put

% The size and the number of inks stand in a JPEG's frame header (ITU-T T.81 B.2.2); Adobe's CMYK is inverted.
systemdict /.printjpeg {
  20 dict begin
  /source currentfile //spool exec def
  /bad { (JPEG) cvn cvx /ioerror signalerror } bind def
  /byte { source read not { bad } if } bind def
  /word { byte 256 mul byte add } bind def
  /adobe false def
  source 2 setfileposition
  {
    byte 255 ne { bad } if
    { byte dup 255 ne { exit } if pop } loop
    /marker exch def
    marker 16#C0 ge marker 16#CF le and marker 16#C4 ne and marker 16#C8 ne and marker 16#CC ne and {
      word pop byte pop /high word def /wide word def /inks byte def exit
    } if
    marker 16#DA eq { bad } if
    marker 16#EE eq { /adobe true def } if
    word 2 sub source fileposition add source exch setfileposition
  } loop
  source 0 setfileposition
  wide 0 eq high 0 eq or { bad } if
  currentpagedevice /PageSize get aload pop /pagehigh exch def /pagewide exch def
  wide high gt pagewide pagehigh gt ne {
    pagewide 0 translate 90 rotate /pagewide pagehigh /pagehigh pagewide def def
  } if
  pagewide pagehigh 2 div exch 2 div exch translate
  pagewide ${2 * margin} sub wide div pagehigh ${2 * margin} sub high div 2 copy gt { exch } if pop dup scale
  wide 2 div neg high 2 div neg translate
  inks 1 eq { /DeviceGray } { inks 4 eq { /DeviceCMYK } { /DeviceRGB } ifelse } ifelse setcolorspace
  <<
    /ImageType 1 /Width wide /Height high /BitsPerComponent 8 /ImageMatrix [1 0 0 -1 0 high]
    /Decode [ inks { inks 4 eq adobe and { 1 0 } { 0 1 } ifelse } repeat ]
    /DataSource source /DCTDecode filter
  >> image
  showpage
  end
} bind put
`;
}
