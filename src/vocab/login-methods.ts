/** The ways to log in to a mailbox, as the settings name them; of two that a server offers, the earlier is the better one. */

export const loginMethods = [
  'scram-sha-256',
  'cram-md5',
  'apop',
  'plain',
  'login',
  'user-pass',
  'oauthbearer',
  'xoauth2',
] as const;

export type LoginMethod = (typeof loginMethods)[number];
