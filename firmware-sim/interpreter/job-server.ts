/** The printer's job server in PostScript (PLRM 3.7.7): dresses Ghostscript as a Phaser 740 and runs one job. */

export interface JobServerFacts {
  /** What `product` answers. */
  product: string;
  /** Pages that the printer has printed in its life, before this job. */
  lifePageCount: number;
  installedRamBytes: number;
  jobTimeoutSeconds: number;
  waitTimeoutSeconds: number;
}

/** What the printer says of an error that ended the job; the rest of the job goes unread. */
export function formatError(error: string, command: string): string {
  return `%%[ Error: ${error}; OffendingCommand: ${command} ]%%\n${flushing}\n`;
}

const flushing = '%%[ Flushing: rest of job (to end-of-file) will be ignored ]%%';

/** The program for one job. Numbers and our own constants are all that is filled in. */
export function composeJobServer(facts: JobServerFacts): string {
  return `
% Operators are bound and our own dictionary is taken by value: nothing that a job defines can reach in here.
/phaser740 20 dict def
phaser740 begin
  /lifePageCount ${facts.lifePageCount} def
  /ram ${facts.installedRamBytes} def
  /text 256 string def
end

statusdict begin
  /product (${facts.product}) def
  /printername (${facts.product}) def
  /jobtimeout ${facts.jobTimeoutSeconds} def
  /waittimeout ${facts.waitTimeoutSeconds} def
  /pagecount {
    currentpagedevice dup /PageCount known { /PageCount get } { pop 0 } ifelse
    //phaser740 /lifePageCount get add
  } bind def
end

userdict begin
  /product (${facts.product}) def
  % PLRM 8.2, quit: under a job server it ends the job, not the interpreter.
  /quit { stop } bind def
  /currentsystemparams {
    systemdict /currentsystemparams get exec
    dup length 1 add dict copy
    dup /InstalledRam //phaser740 /ram get put
  } bind def
end

phaser740 begin
  % any printtext -  prints a name or string as text, anything else as its type cannot be spelled.
  /printtext {
    { //phaser740 /text get cvs } stopped { pop pop (--nostringval--) } if
    print
  } bind def
end

% PLRM 3.11.2: a job may put its own report here, and many do.
errordict /handleerror {
  (%%[ Error: ) print
  //$error /errorname get //phaser740 /printtext get exec
  (; OffendingCommand: ) print
  //$error /command get //phaser740 /printtext get exec
  ( ]%%\\n) print flush
} bind put

phaser740 /serve {
  //phaser740 /job currentfile put
  currentfile cvx stopped {
    //$error /newerror get {
      clear cleardictstack
      { //errordict /handleerror get exec } stopped pop
      //$error /newerror false put
      (${flushing}\\n) print flush
    } if
    { //phaser740 /job get flushfile } stopped pop
  } if
  flush
} bind put

//phaser740 /serve get
currentdict /phaser740 undef
exec
`;
}
