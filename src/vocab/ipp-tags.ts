/** The tags of an IPP message (RFC 8010 §3.5): which group of attributes begins, and in which syntax a value is. */

/** Delimiter tags (RFC 8010 §3.5.1; RFC 3995 §14; PWG 5100.5 for documents). */
export const groupTags = {
  operation: 0x01,
  job: 0x02,
  printer: 0x04,
  unsupported: 0x05,
  subscription: 0x06,
  eventNotification: 0x07,
  resource: 0x08,
  document: 0x09,
} as const;

export const endOfAttributesTag = 0x03;
/** Below it are delimiters, from here on values. */
export const firstValueTag = 0x10;

/** A value that is none (RFC 8010 §3.5.2; RFC 3380 §8 for the last three). */
export const outOfBandTags = {
  unsupported: 0x10,
  default: 0x11,
  unknown: 0x12,
  'no-value': 0x13,
  'not-settable': 0x15,
  'delete-attribute': 0x16,
  'admin-define': 0x17,
} as const;
export type OutOfBand = keyof typeof outOfBandTags;

/** Values that are plain strings of characters. */
export const stringTags = {
  keyword: 0x44,
  uri: 0x45,
  uriScheme: 0x46,
  charset: 0x47,
  naturalLanguage: 0x48,
  mimeMediaType: 0x49,
} as const;
export type StringSyntax = keyof typeof stringTags;

export const valueTags = {
  integer: 0x21,
  boolean: 0x22,
  enum: 0x23,
  octetString: 0x30,
  dateTime: 0x31,
  resolution: 0x32,
  rangeOfInteger: 0x33,
  begCollection: 0x34,
  textWithLanguage: 0x35,
  nameWithLanguage: 0x36,
  endCollection: 0x37,
  textWithoutLanguage: 0x41,
  nameWithoutLanguage: 0x42,
  memberAttrName: 0x4a,
} as const;
