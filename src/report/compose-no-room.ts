/** The administrator's mail about a disk, or a limit of the settings, that leaves no room for mail. */
import type { OutgoingMail } from '#vocab/line.js';
import { formatSubject, oneLine } from './mail-text.js';

/** `why`: which mail waits, and where there is no room. */
export function composeNoRoom(why: string, facts: { printerName: string; to: string }): OutgoingMail[] {
  const paragraphs = [
    `There is no room for more mail to ${oneLine(facts.printerName)}: ${oneLine(why)}.`,
    'Nothing is lost: mails that do not fit wait on the mail server, smaller ones go on, and what is here is printed. Make room on the disk, or change jobs.minFreeBytes, jobs.maxSpoolBytes or jobs.keepContent in the settings. "phaserlink check" tells how it stands; this mail is not repeated as long as the trouble lasts.',
  ];
  return [
    {
      to: facts.to,
      subject: formatSubject(facts.printerName, 'No room for more mail'),
      text: `${paragraphs.join('\n\n')}\n`,
      inReplyTo: null,
      autoSubmitted: 'auto-generated',
    },
  ];
}
