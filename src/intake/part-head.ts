/** What is known of a body part besides its bytes: its description and where in the mail it stands. */
import { cleanForDisplay } from '#base/display-text.js';
import type { EntityDescription } from '#wire/mime-header.js';

const maxNameLength = 100;
const maxMediaTypeLength = 100;
/** So much of a long name's end is kept, when it is an extension. */
const maxExtensionLength = 10;

/** A multipart or a mail around a part, and in the how-manieth of its parts, from 1, the part is. */
export interface Place {
  container: PartHead;
  branch: number;
}

export interface PartHead extends EntityDescription {
  /** The outermost first; empty for a mail without parts. */
  around: readonly Place[];
}

/** For a file that comes out of another part, such as a uuencoded one in a text. */
export function fileHead(holder: PartHead, fileName: string | null): PartHead {
  return {
    mediaType: 'application/octet-stream',
    parameters: new Map(),
    transferEncoding: 'binary',
    disposition: 'attachment',
    fileName,
    contentId: null,
    around: holder.around,
  };
}

export function mailsAround({ around }: PartHead): number {
  return around.filter(({ container }) => !container.mediaType.startsWith('multipart/')).length;
}

/** The media type of the multipart that the part stands in; empty when it stands in none. */
export function parentType({ around }: PartHead): string {
  return around.at(-1)?.container.mediaType ?? '';
}

/** RFC 2387 §3: every part of multipart/related serves to show its root: the one that it names, one of its type, or the first. */
export function servesRelatedRoot(head: PartHead): boolean {
  const place = head.around.at(-1);
  if (place?.container.mediaType !== 'multipart/related' || head.disposition === 'attachment') return false;
  const { parameters } = place.container;
  const start = parameters.get('start')?.replace(/^<|>$/g, '');
  if (start !== undefined) return start !== head.contentId;
  const type = parameters.get('type')?.toLowerCase();
  return type === undefined ? place.branch > 1 : type !== head.mediaType;
}

/** The sender's file name without its folders, fit for display; null when nothing of it is left. */
export function partName({ fileName }: Pick<PartHead, 'fileName'>): string | null {
  const path = fileName ?? '';
  const bare = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  const name = shorten(cleanForDisplay(bare, bare.length));
  return /^\.*$/.test(name) ? null : name;
}

/** Cut in the middle, so that the extension stays. */
function shorten(name: string): string {
  const characters = [...name];
  if (characters.length <= maxNameLength) return name;
  const extension = /\.[^.]+$/.exec(name)?.[0] ?? '';
  const kept = extension.length <= maxExtensionLength ? extension : '';
  return `${characters.slice(0, maxNameLength - kept.length - 1).join('')}…${kept}`;
}

export function displayMediaType({ mediaType }: Pick<PartHead, 'mediaType'>): string {
  return cleanForDisplay(mediaType, maxMediaTypeLength);
}
