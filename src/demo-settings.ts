/** The three settings files that the demo writes, as a user would write them. */

export const printerAddress = 'printer@example.com';
export const senderAddress = 'alice@example.com';
export const administratorAddress = 'admin@example.com';

/** The mailboxes of the demo's mail room, by account name. */
export const accounts = ['printer', 'alice', 'admin'] as const;
export type Account = (typeof accounts)[number];

/** The file, beside the settings files, that holds an account's password. */
export function passwordFileName(account: Account): string {
  return `${account}-password.txt`;
}

function password(account: Account): string {
  return `"\${file:${passwordFileName(account)}}"`;
}

export const mailroomSettings = `# The mail room: takes mail by SMTP, hands it out by POP3.
host: 127.0.0.1
smtp: { port: 0 }      # 0: any free port
pop3: { port: 0 }
mailboxes:
  - { name: printer, password: ${password('printer')}, addresses: [${printerAddress}] }
  - { name: alice, password: ${password('alice')}, addresses: [${senderAddress}] }
  - { name: admin, password: ${password('admin')}, addresses: [${administratorAddress}] }
dataDir: ./mailroom
`;

export const phaserSettings = `# The simulated Phaser 740: prints into ./output-tray.
profile: N
speed: instant
dataDir: ./printer
out: ./output-tray
raw: { port: 0 }
snmp: { port: 0, communities: [public] }
`;

export function serverSettings(ports: { smtp: number; pop3: number; raw: number; snmp: number }): string {
  return `# The Printing Server: from the printer's mailbox to the printer.
printer:  { name: Phaser 740 demo, uri: "socket://127.0.0.1:${ports.raw}", watch: "snmp://127.0.0.1:${ports.snmp}" }
mailbox:  { host: 127.0.0.1, port: ${ports.pop3}, security: none, user: printer, password: ${password('printer')}, pollIntervalSeconds: 5 }
smtp:     { host: 127.0.0.1, port: ${ports.smtp}, security: none, from: ${printerAddress} }
access:   { allow: [${senderAddress}] }
people:   { sysAdmin: ${administratorAddress} }
dataDir:  ./data
`;
}
