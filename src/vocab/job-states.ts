/** IPP's seven job states and the reasons we give, in the standard's own words (RFC 8011 §5.3.7, §5.3.8). */

export const jobStates = [
  'pending',
  'pending-held',
  'processing',
  'processing-stopped',
  'canceled',
  'aborted',
  'completed',
] as const;
export type JobState = (typeof jobStates)[number];

export const jobStateReasons = {
  'job-incoming': 'pieces of the job are still arriving',
  'job-hold-until-specified': 'held until it is released',
  'job-transforming': 'being made ready for the printer',
  'job-printing': 'being printed',
  'printer-stopped': 'waiting for the printer',
  'processing-to-stop-point': 'being stopped',
  /** PWG 5100.13 */
  'errors-detected': 'it could not be printed',
  'submission-interrupted': 'it did not arrive whole',
  'aborted-by-system': 'ended by the Printing Server',
  'unsupported-document-format': 'no document in a format that this printer takes',
  'document-format-error': 'the document has an error',
  'job-completed-successfully': 'printed',
  'job-completed-with-warnings': 'ended with a warning',
  'job-canceled-by-user': 'canceled by its owner',
  'job-canceled-by-operator': 'canceled by the administrator',
  /** Ours: nobody can know whether the pages came out. */
  'outcome-unknown': 'nobody can know whether it was printed',
} as const;
export type JobStateReason = keyof typeof jobStateReasons;

/** RFC 8011 §5.3.7: a job in one of these never changes again. */
export const terminalJobStates: ReadonlySet<JobState> = new Set(['canceled', 'aborted', 'completed']);
