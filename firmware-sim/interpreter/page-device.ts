/** The printer's page device in PostScript (PLRM 6): takes the keys of a Phaser, reports them back and tells each page's. */
import { type MediaSizeName, type MediaType, type Medium, mediaSizes, mediaTypes } from '#vocab/media.js';
import { type Device, hasColour } from '../device/device.js';
import { psArray, psDictionary, psString } from './postscript-text.js';

/** What `MediaClass` and `MediaType` may say, in the order by which records name them. */
export const mediaClasses = Object.keys(mediaTypes) as MediaType[];

/** What the job finds; its own page device has the last word. */
export interface InitialPage {
  size?: MediaSizeName;
  mediaType?: MediaType;
  mediaPosition?: number;
  duplex?: boolean;
  tumble?: boolean;
  copies?: number;
  monochrome?: boolean;
}

export interface PageDeviceFacts {
  device: Device;
  /** What lies in each input, by its id. */
  media: Readonly<Record<string, Medium>>;
  /** Whether Ghostscript draws at the resolution of the mode; else at the one that it was started with, whatever jobs ask. */
  drawsAtModeResolution: boolean;
  initial: InitialPage;
}

/**
 * Runs while systemdict can be written and the private dictionary is open; needs `marknonce` in it.
 *
 * Ghostscript keeps the page device as a part of the graphics state, through gsave and restore. The keys that it does not
 * know ride along as a dictionary in `PageDeviceName`, which it stores and never looks at; our own `EndPage` tells them
 * for each page that is put out. Jobs see neither: `currentpagedevice` shows them what a Phaser has in their place.
 */
export function composePageDevice(facts: PageDeviceFacts): string {
  return `${constants(facts)}${tests(facts)}${telling}${operators(facts)}${start(facts)}`;
}

function sizeArray(size: MediaSizeName): string {
  return psArray([mediaSizes[size].widthPoints, mediaSizes[size].heightPoints]);
}

function constants({ device, media }: PageDeviceFacts): string {
  const modes = device.modes.map(({ xDpi, yDpi, colorModel }) => psArray([xDpi, yDpi, `/${colorModel}`]));
  const standard = device.modes.find(({ id }) => id === 'standard') ?? device.modes[0];
  const inputs = device.inputs.map(({ id, position, loaded }) => {
    const { size, type } = media[id] ?? loaded;
    const attributes = {
      PageSize: sizeArray(size),
      MediaClass: psString(mediaTypes[type]),
      MediaType: 'null',
    };
    return `${position} ${psDictionary(attributes)}`;
  });
  return `
/gssetpagedevice /setpagedevice load def
/gscurrentpagedevice /currentpagedevice load def
/modes ${psArray(modes)} def
/positions ${psArray(device.inputs.map(({ position }) => position))} def
/classes ${psArray(mediaClasses.map((type) => psString(mediaTypes[type])))} def
/models ${psArray(hasColour(device) ? ['/DeviceGray', '/DeviceCMY', '/DeviceCMYK'] : ['/DeviceGray'])} def

/defaults <<
  /MediaPosition null /TraySwitch true /MediaClass null /MediaType null /MediaColor null /MediaWeight null
  /ManualFeed false /Duplex false /Tumble false /OutputFaceUp true /OutputType null /Collate false /SlipSheet 0
  /Jog 0 /HWResolution [${standard?.xDpi} ${standard?.yDpi}] /ProcessColorModel /${standard?.colorModel}
  /DeviceRenderingInfo << /Type 2 /VirtualColorDevice << /Type 3 /ColorTransform /Automatic >> >>
  /PostRenderingEnhance false /PostRenderingEnhanceDetails null /NumCopies null
  /InputAttributes << ${inputs.join(' ')} >>
  /OutputAttributes << 0 << /OutputType (Face Up) >> 1 << /OutputType (Face Down) >> >>
  /EndPage { exch pop 2 ne } bind
>> readonly def

% The keys of Ghostscript's own dictionary that a Phaser has, too.
/shown [ /PageSize /Policies /Install /BeginPage /ImagingBBox /PageOffset /Margins /Orientation /NumCopies ] def
`;
}

/** For each key of ours: `value test bool`, whether the printer can do that. */
function tests({ device }: PageDeviceFacts): string {
  return `
/oneof { false exch { 2 index eq or } forall exch pop } bind def
/isboolean { type /booleantype eq } bind def
/isnothing { null eq } bind def
/isdictionary { dup null eq exch type /dicttype eq or } bind def
/isnumber { type dup /integertype eq exch /realtype eq or } bind def
/ispair { dup type /arraytype eq
  { dup length 2 eq { true exch { //isnumber exec and } forall } { pop false } ifelse } { pop false } ifelse } bind def
/ismedium { dup null eq exch //classes //oneof exec or } bind def

/tests <<
  /MediaPosition { dup null eq exch //positions //oneof exec or } bind
  /TraySwitch //isboolean /ManualFeed //isboolean /Tumble //isboolean /OutputFaceUp //isboolean
  /PostRenderingEnhance //isboolean
  /Duplex ${device.duplex === null ? '{ false eq } bind' : '//isboolean'}
  /Collate ${device.disk ? '//isboolean' : '{ false eq } bind'}
  /SlipSheet { [0 2 3 4] //oneof exec } bind
  /Jog { type /integertype eq } bind
  /MediaClass //ismedium /MediaType //ismedium
  /MediaColor //isnothing /MediaWeight //isnothing /OutputType //isnothing
  /HWResolution //ispair
  /ProcessColorModel { //models //oneof exec } bind
  /DeviceRenderingInfo //isdictionary /PostRenderingEnhanceDetails //isdictionary
  /InputAttributes //isdictionary /OutputAttributes //isdictionary
  /EndPage { xcheck } bind
  /PageDeviceName { pop true } bind
>> def
`;
}

/** What each page asks for, unseen by the job: `parsePageRecord` reads it. */
const telling = `
% - keys dict: the page device's keys that Ghostscript does not know.
/keys {
  //gscurrentpagedevice dup /PageDeviceName known
    { /PageDeviceName get dup type /dicttype ne { pop //defaults } if } { pop //defaults } ifelse
} bind executeonly def

% keys nearestmode keys index: the mode that comes nearest to HWResolution and ProcessColorModel.
/nearestmode {
  -1 1000000
  0 1 //modes length 1 sub {
    //modes 1 index get
    4 index /HWResolution get
    dup 0 get 2 index 0 get sub abs exch 1 get 2 index 1 get sub abs add
    exch 2 get 5 index /ProcessColorModel get ne { 100000 add } if
    dup 3 index lt { 4 2 roll } if pop pop
  } for pop
} bind executeonly def

% value classindex index: -1 for none.
/classindex {
  -1 0 1 //classes length 1 sub { //classes 1 index get 3 index eq { exch } if pop } for exch pop
} bind executeonly def

/number 32 string def
/tell { //number cvs print ( ) print } bind executeonly def
/tellpage {
  % On a stack that is nearly full this fails: there is room for the nonce, then, and nothing can fail while it is there.
  //gscurrentpagedevice //keys exec
  //marknonce exec (page ) print
  1 index /PageCount get //tell exec
  1 index /PageSize get { //tell exec } forall
  //nearestmode exec //tell exec
  dup /MediaPosition get dup null eq { pop -1 } if //tell exec
  dup /MediaClass get //classindex exec dup 0 lt { pop dup /MediaType get //classindex exec } if //tell exec
  dup /ManualFeed get systemdict /statusdict get /manualfeed get true eq or //tell exec
  [ /Duplex /OutputFaceUp ] { 1 index exch get //tell exec } forall
  pop
  % PLRM 6.2.4: without NumCopies it is #copies that counts.
  dup /NumCopies known { dup /NumCopies get } { null } ifelse
  dup null eq { pop /#copies where { /#copies get } { 1 } ifelse } if //tell exec
  pop
  //marknonce exec flush
} bind executeonly def

% Called by Ghostscript: pagecount reason endpage bool.
/endpage {
  //keys exec /EndPage get exec
  dup true eq { //tellpage exec } if
} bind executeonly def
`;

function operators({ drawsAtModeResolution }: PageDeviceFacts): string {
  return `
% global rest keys key value unsatisfied global rest keys key: PLRM 6.2.7; every policy but 0 leaves things as they are.
/unsatisfied {
  3 index /Policies known { 3 index /Policies get } { 0 dict } ifelse
  dup 3 index known { 2 index get } {
    //gscurrentpagedevice /Policies get
    dup 4 index known { exch pop 2 index get }
      { 1 index /PolicyNotFound known { pop } { exch pop } ifelse /PolicyNotFound get } ifelse
  } ifelse
  0 eq {
    2 array astore systemdict /$error get /errorinfo 3 -1 roll put
    pop exch setglobal /setpagedevice cvx /configurationerror signalerror
  } if
  pop
} bind executeonly def

systemdict /setpagedevice {
  dup type /dicttype eq {
    currentglobal false setglobal exch
    dup dup length 8 add dict copy
    //keys exec dup length 8 add dict copy
    3 -1 roll {
      //tests 2 index known {
        dup //tests 3 index get exec { 3 copy put pop } { //unsatisfied exec } ifelse
        2 index exch undef
      } { pop pop } ifelse
    } forall
    //nearestmode exec //modes exch get
    1 index /HWResolution 2 index 0 2 getinterval put
    1 index /ProcessColorModel 2 index 2 get put
    ${drawsAtModeResolution ? '2 index /HWResolution 2 index 0 2 getinterval put' : ''}
    pop
    1 index /PageDeviceName 2 index put pop
    dup /EndPage //endpage put
    exch setglobal
  } if
  //gssetpagedevice
} bind executeonly put

systemdict /currentpagedevice {
  currentglobal false setglobal
  //gscurrentpagedevice
  dup length 0 ne {
    //keys exec dup length 16 add dict copy
    //shown { 2 index 1 index known { dup 3 index exch get 2 index 3 1 roll put } { pop } ifelse } forall
    exch pop
    dup /PageDeviceName null put
    readonly
  } if
  exch setglobal
} bind executeonly put
`;
}

function start({ device, initial }: PageDeviceFacts): string {
  // Ghostscript's own trays: any size fits, so that the machine may decide; a position that there is not fails.
  const trays = device.inputs.map(({ position }) => `${position} << /PageSize [0 0 16#7ffff 16#7ffff] >>`);
  const { size, mediaType, mediaPosition, duplex, tumble, copies, monochrome } = initial;
  const request: Record<string, string | number | boolean> = {};
  if (size !== undefined) request.PageSize = sizeArray(size);
  if (mediaType !== undefined) request.MediaClass = psString(mediaTypes[mediaType]);
  if (mediaPosition !== undefined) request.MediaPosition = mediaPosition;
  if (duplex !== undefined) request.Duplex = duplex;
  if (tumble !== undefined) request.Tumble = tumble;
  if (copies !== undefined) request.NumCopies = copies;
  if (monochrome) request.ProcessColorModel = '/DeviceGray';
  return `
% PLRM 7.2.3: what red, green and blue have in common is printed in black.
{ } setblackgeneration { } setundercolorremoval
false setglobal
<< /InputAttributes << ${trays.join(' ')} //gscurrentpagedevice /InputAttributes get { pop null } forall >> >> //gssetpagedevice
${psDictionary(request)} systemdict /setpagedevice get exec
true setglobal
`;
}
