/** A private certificate authority that the settings name, on top of those that Node knows. */
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { errorText, PhaserLinkError } from '#base/errors.js';

/** In PEM; undefined when none is named. */
export function readCertificates(setting: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return [readFileSync(path, 'utf8'), ...rootCertificates].join('\n');
  } catch (error) {
    const text = `${setting}: ${path} cannot be read: ${errorText(error)}`;
    throw new PhaserLinkError({ code: 'ca-file', retry: 'permanent', text, cause: error });
  }
}
