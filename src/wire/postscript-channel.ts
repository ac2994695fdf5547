/** The serial PostScript channel in both directions: where a job ends, and how binary data is quoted (TBCP). */

// Adobe Serial and Parallel Communications Protocols Specification, chapters 2 (standard) and 4 (tagged binary).
const tag = 0x01;
const tagMode = 0x4d;
const ctrlD = 0x04;
const ctrlT = 0x14;
const quoteMask = 0x40;

/** Unquoted, ends the job. */
export const endOfJob: Uint8Array = Uint8Array.of(ctrlD);
/** Switches the channel to the tagged binary protocol until the end of the job. */
export const enterTbcp: Uint8Array = Uint8Array.of(tag, tagMode);

/** The bytes that a channel takes for itself: what TBCP quotes, and ESC, with which PJL's exit sequence begins. */
const controlBytes = [tag, 0x03, ctrlD, 0x05, 0x11, 0x13, 0x14, 0x1b, 0x1c];
/** 1 for these bytes, 0 for all others. */
const isControl = Uint8Array.from({ length: 256 }, (_, byte) => Number(controlBytes.includes(byte)));

/** A status request is answered at once; it is no part of the job. */
export type ChannelEvent = { data: Uint8Array } | { endOfJob: true } | { statusRequest: true };

export interface ChannelDecoder {
  /** Data may be a view into `chunk`: it is valid as long as `chunk` is left alone. */
  push(chunk: Uint8Array): ChannelEvent[];
}

/** How documents begin that no PostScript channel can carry without quotes: nothing in them means anything to it. */
const binaryStarts = [Buffer.from('%PDF-'), Buffer.from('ffd8ff', 'hex')];

/** Whether this byte must be quoted to pass a serial channel unharmed. */
export function isChannelControl(byte: number): boolean {
  return isControl[byte] === 1;
}

/** Whether any of the bytes must be. */
export function hasChannelControl(bytes: Buffer): boolean {
  // To search for each of them takes a tenth of the time that a look at every byte does.
  for (const byte of controlBytes) if (bytes.includes(byte)) return true;
  return false;
}

/** The bytes as they travel after `enterTbcp`; `chunk` itself when nothing is to be quoted. */
export function quoteTbcp(chunk: Uint8Array): Uint8Array {
  let toQuote = 0;
  for (let from = 0; from < chunk.length; from++) toQuote += isControl[chunk[from] as number] as number;
  if (toQuote === 0) return chunk;
  const quoted = new Uint8Array(chunk.length + toQuote);
  let at = 0;
  for (let from = 0; from < chunk.length; from++) {
    const byte = chunk[from] as number;
    if (isControl[byte] === 1) {
      quoted[at++] = tag;
      quoted[at++] = byte ^ quoteMask;
    } else {
      quoted[at++] = byte;
    }
  }
  return quoted;
}

/**
 * Takes the channel apart into jobs. Outside of TBCP every byte but Ctrl-D and `<01>M` is data, and Ctrl-T from a job's first
 * data on, for a raw channel may carry binary data without quotes; a tag that is the very last byte of the connection is dropped.
 * A PDF or JPEG that is the first of its chunk, and no part of a job before it, is passed untouched to the end of the connection.
 */
export function createChannelDecoder(): ChannelDecoder {
  let tagged = false;
  let afterTag = false;
  let inJob = false;
  let untouched = false;

  /** The slow path: what the channel means has to be cut out of the data. */
  function decode(chunk: Uint8Array): ChannelEvent[] {
    const events: ChannelEvent[] = [];
    let data = new Uint8Array(chunk.length + 1);
    let length = 0;
    const emit = () => {
      if (length > 0) {
        events.push({ data: data.subarray(0, length) });
        inJob = true;
      }
      data = data.subarray(length);
      length = 0;
    };
    for (const byte of chunk) {
      if (afterTag) {
        afterTag = false;
        if (tagged) {
          data[length++] = byte ^ quoteMask;
          continue;
        }
        if (byte === tagMode) {
          tagged = true;
          continue;
        }
        data[length++] = tag;
      }
      if (byte === tag) {
        afterTag = true;
      } else if (byte === ctrlD) {
        emit();
        events.push({ endOfJob: true });
        tagged = false;
        inJob = false;
      } else if (byte === ctrlT && (tagged || (!inJob && length === 0))) {
        emit();
        events.push({ statusRequest: true });
      } else {
        data[length++] = byte;
      }
    }
    emit();
    return events;
  }

  return {
    push(chunk) {
      if (chunk.length === 0) return [];
      untouched ||= !inJob && !tagged && !afterTag && binaryStarts.some((start) => startsWith(chunk, start));
      if (untouched) return [{ data: chunk }];
      const plain = !afterTag && chunk.indexOf(tag) < 0 && chunk.indexOf(ctrlD) < 0;
      if (!plain || ((tagged || !inJob) && chunk.indexOf(ctrlT) >= 0)) return decode(chunk);
      inJob = true;
      return [{ data: chunk }];
    },
  };
}

function startsWith(chunk: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, at) => chunk[at] === byte);
}
