/** The printer's job server in PostScript (PLRM 3.7.7): dresses Ghostscript as a Phaser 740 and runs one job. */
import { composeDocumentPrograms } from './document-program.js';
import { composeDressing, type DressingFacts } from './dressing.js';
import { composePageDevice, type PageDeviceFacts } from './page-device.js';

export interface JobServerFacts extends DressingFacts, PageDeviceFacts {}

/** Ghostscript's own dictionary of operators must be writable while ours are put in; the program closes it. */
export const jobServerOptions = ['-dWRITESYSTEMDICT', '-dUseFastColor'];

/** What the printer says of an error that ended the job; the rest of the job goes unread. */
export function formatError(error: string, command: string): string {
  return `%%[ Error: ${error}; OffendingCommand: ${command} ]%%\n${flushing}\n`;
}

const flushing = '%%[ Flushing: rest of job (to end-of-file) will be ignored ]%%';

/**
 * The program for one job. Numbers and our own constants are all that is filled in.
 *
 * What it tells us unseen stands on the back-channel between two nonces. They are the job's only secret: a string in a
 * procedure that can be executed and not read, which itself runs nothing of the job's while the string is on the stack.
 * Everything is bound and in global memory, taken by value: nothing that a job defines can reach in here.
 */
export function composeJobServer(facts: JobServerFacts, nonce: string): string {
  return `true setglobal
systemdict /phaser740 200 dict put phaser740 begin
/marknonce { (${nonce}) print } bind executeonly def
${composePageDevice(facts)}
${composeDressing(facts)}
${composeDocumentPrograms(facts.device)}
${serving}
//serve
end systemdict /phaser740 undef
systemdict readonly pop
false setglobal
exec
`;
}

const serving = `
% any printtext -  prints a name or string as text, anything else as its type cannot be spelled.
/printtext {
  { //text cvs } stopped { pop pop (--nostringval--) } if
  print
} bind executeonly def
/printerror {
  systemdict /$error get /errorname get //printtext exec
  (; OffendingCommand: ) print
  systemdict /$error get /command get //printtext exec
} bind executeonly def

% PLRM 3.11.2: a job may put its own report here, and many do.
systemdict /errordict get /handleerror {
  (%%[ Error: ) print //printerror exec ( ]%%\\n) print flush
} bind put

/serve {
  //marknonce exec (begin ) print //marknonce exec
  currentfile cvx stopped {
    systemdict /$error get /newerror get {
      clear cleardictstack
      //marknonce exec (error ) print //printerror exec //marknonce exec
      { systemdict /errordict get /handleerror get exec } stopped pop
      systemdict /$error get /newerror false put
      (${flushing}\\n) print flush
    } if
    { currentfile flushfile } stopped pop
  } if
  flush
} bind executeonly def
`;
