/** What makes Ghostscript answer as a Phaser: its names, `statusdict`, parameters and password, as far as drivers ask. */
import type { Device } from '../device/device.js';
import { psDictionary, psString } from './postscript-text.js';

export interface DressingFacts {
  device: Device;
  /** Pages that the printer has printed in its life, before this job. */
  lifePageCount: number;
  jobTimeoutSeconds: number;
  waitTimeoutSeconds: number;
  /** Epoch milliseconds. */
  now: number;
}

/** Ours. */
const serialNumber = 7_401_998;
/** The 750N's (FACTS 7.1). */
const manualFeedTimeoutSeconds = 600;

/** Runs while systemdict can be written and the private dictionary is open. */
export function composeDressing(facts: DressingFacts): string {
  return `${names(facts)}${password}${statusDictionary(facts)}${parameters(facts)}${procedures}`;
}

function names({ device }: DressingFacts): string {
  return `
systemdict /product ${psString(device.product)} readonly put
systemdict /version ${psString(device.postScript.version)} readonly put
systemdict /revision ${device.postScript.revision} put
systemdict /serialnumber ${serialNumber} put
% PLRM 8.2, quit: under a job server it ends the job, not the interpreter.
systemdict /quit { stop } bind put
`;
}

/** PostScript's older words for all this (the Red Book's first edition, appendix D); drivers and queries still use them. */
function statusDictionary(facts: DressingFacts): string {
  const { device, lifePageCount } = facts;
  return `
/text 256 string def
/lifepagecount {
  //gscurrentpagedevice dup /PageCount known { /PageCount get } { pop 0 } ifelse ${lifePageCount} add
} bind executeonly def
systemdict /statusdict get begin
  /product systemdict /product get def
  /version systemdict /version get def
  /revision ${device.postScript.revision} def
  /serialnumber ${serialNumber} def
  /printername { dup 0 ${psString(device.model)} putinterval 0 ${device.model.length} getinterval } bind def
  /setprintername { pop } bind def
  /jobname () def
  /jobsource () def
  /jobstate (busy) def
  /jobtimeout ${facts.jobTimeoutSeconds} def
  /setjobtimeout { statusdict exch /jobtimeout exch put } bind def
  /waittimeout ${facts.waitTimeoutSeconds} def
  /manualfeed false def
  /manualfeedtimeout ${manualFeedTimeoutSeconds} def
  /defaulttimeouts { ${facts.jobTimeoutSeconds} ${manualFeedTimeoutSeconds} ${facts.waitTimeoutSeconds} } bind def
  /setdefaulttimeouts { pop pop pop } bind def
  /pagecount //lifepagecount def
  /diskstatus { ${device.disk ? '1200000 2000000' : '0 0'} } bind def
  /diskonline { ${device.disk} } bind def
  /ramsize { ${device.installedRamBytes} } bind def
  /buildtime ${buildTime} def
  /byteorder false def
  /realformat (IEEE) def
  /doprinterrors { false } bind def
  /setdoprinterrors { pop } bind def
  /dostartpage { false } bind def
  /setdostartpage { pop } bind def
  /pagetype { 0 } bind def
  /setpagetype { pop } bind def
  /setdefaultpagetype { pop } bind def
  /papertray { currentpagedevice /MediaPosition get dup null eq { pop 0 } if } bind def
  /setpapertray { mark exch /MediaPosition exch >> setpagedevice } bind def
  /duplexmode { currentpagedevice /Duplex get } bind def
  /setduplexmode { mark exch /Duplex exch >> setpagedevice } bind def
  /tumble { currentpagedevice /Tumble get } bind def
  /settumble { mark exch /Tumble exch >> setpagedevice } bind def
  /newsheet { } bind def
  /resolution { currentpagedevice /HWResolution get 0 get } bind def
  /checkpassword //ispassword def
  /setpassword { pop pop } bind def
end
`;
}

/** Of the firmware that we took for a model: a number that grows with its version (PLRM C.3.2). */
const buildTime = 19_981_001;

function parameters({ device, lifePageCount, now }: DressingFacts): string {
  const { installedRamBytes, disk, postScript } = device;
  const time = new Date(now);
  const system = {
    InstalledRam: installedRamBytes,
    RamSize: installedRamBytes,
    BuildTime: buildTime,
    ByteOrder: false,
    RealFormat: '(IEEE)',
    PrinterName: psString(device.model),
    FactoryDefaults: false,
    DoStartPage: false,
    DoPrintErrors: false,
    Revision: postScript.revision,
  };
  const calendar = {
    Type: '/Parameters',
    HasNames: false,
    Running: true,
    Year: time.getUTCFullYear(),
    Month: time.getUTCMonth() + 1,
    Day: time.getUTCDate(),
    Weekday: time.getUTCDay(),
    Hour: time.getUTCHours(),
    Minute: time.getUTCMinutes(),
    Second: time.getUTCSeconds(),
  };
  const engine = { Type: '/Parameters', HasNames: false, PageCount: lifePageCount, Mounted: true };
  const diskDevice = {
    Type: '/FileSystem',
    HasNames: true,
    Mounted: true,
    PhysicalSize: 2_000_000,
    Free: 1_200_000,
  };
  return `
/systemparams ${psDictionary(system)} readonly def
/gscurrentsystemparams /currentsystemparams load def
systemdict /currentsystemparams {
  //gscurrentsystemparams dup length //systemparams length add dict copy
  //systemparams 1 index copy pop
} bind executeonly put
/devices <<
  (%Engine%) ${psDictionary(engine)} readonly
  (%Calendar%) ${psDictionary(calendar)} readonly
  ${disk ? `(%disk0%) ${psDictionary(diskDevice)} readonly` : ''}
>> def
/gscurrentdevparams /currentdevparams load def
systemdict /currentdevparams {
  dup type /stringtype eq { //devices 1 index known } { false } ifelse
  { //devices exch get dup length dict copy } { //gscurrentdevparams } ifelse
} bind executeonly put
`;
}

/**
 * The password of a printer as it comes is 0 (FACTS: the 750N's PPD). With it a job may leave its encapsulation: what it
 * changes then would be permanent on a printer, and lasts here until its own end.
 */
const password = `
/ispassword { dup 0 eq exch dup (0) eq exch () eq or or } bind executeonly def
systemdict /startjob { //ispassword exec { pop clear cleardictstack true } { pop false } ifelse } bind put
systemdict /serverdict get /exitserver {
  //ispassword exec
    { (%%[ exitserver: permanent state may be changed ]%%\\n) print flush clear cleardictstack }
    { /exitserver cvx /invalidaccess signalerror } ifelse
} bind put
`;

/** The family's own procedures; a Phaser 8400 driver calls them by these names. Pairs keep what they are told until the job ends. */
const procedures = `
/settings << /forceinterpolate false /slipsheetsource 0 /checkprint false >> def
<<
  /setforceinterpolate { //settings exch /forceinterpolate exch put } bind
  /getforceinterpolate { //settings /forceinterpolate get } bind
  /setslipsheetsource { //settings exch /slipsheetsource exch put } bind
  /getslipsheetsource { //settings /slipsheetsource get } bind
  /setcheckprint { //settings exch /checkprint exch put } bind
  /getcheckprint { //settings /checkprint get } bind
  /logusername { pop } bind
  /logfilename { pop } bind
  /logjobname { pop } bind
  /logclientjobid { pop } bind
  /logjobinfo { } bind
>> /RRCustomProcs exch /ProcSet defineresource pop
`;
