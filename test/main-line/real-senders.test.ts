/** Mails of real mail programs: each gives exactly the documents that somebody attached, byte for byte and with their names. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { alice, buildHouse, printerAddress } from '../support/house.js';
import { missing } from '../support/peers.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const run = promisify(execFile);

const page = '%!PS-Adobe-3.0\n%%Pages: 1\n%%EndComments\n';
/** Lines that mail programs like to change: dots, `From `, blanks at the end, a long line, no last line end. */
const program = `${page}.5 setgray\n.\n% From \nFrom pop\n( = =3D ) pop   \n%${'long'.repeat(300)}\nshowpage`;
/** As mail programs send 7-bit text as it is, this one needs an encoding. */
const postScript = Buffer.from(`${page}% \xe4\n${program}`, 'latin1');
const pdf = Buffer.from(
  '%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\r\ntrailer<</Root 1 0 R>>\n%%EOF\n',
  'latin1',
);
const zip = Buffer.from(`UEsDBAoAAAAAA${'A'.repeat(200)}`, 'base64');
const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(3000, 7)]);
/** Large enough for several pieces. */
const longProgram = Buffer.from(`${page}${'% so that it is long\n'.repeat(7000)}showpage\n`);

/** Where the programs find the documents and what to send to; `$PORT` is the mail server. */
interface Desk {
  folder: string;
  port: number;
}

const umlauts = 'Übersicht 2026 – Entwurf.v2.ps';

async function sh(desk: Desk, script: string): Promise<void> {
  const { folder, port } = desk;
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    LC_ALL: 'C.UTF-8',
    PORT: String(port),
    FROM: alice,
    TO: printerAddress,
  };
  await run('sh', ['-euc', script], { cwd: folder, env });
}

/** The sender's mail program is told of the server as people do. */
const msmtp = 'msmtp --host=127.0.0.1 --port=$PORT --auth=off --tls=off --from=$FROM $TO';

const python = (body: string) => `python3 - <<'PYTHON'
import os, smtplib
from email.message import EmailMessage
from email import policy
def new(subject):
    m = EmailMessage(policy=policy.SMTP)
    m['From'], m['To'], m['Subject'] = os.environ['FROM'], os.environ['TO'], subject
    return m
ps = open('a.ps', 'rb').read()
${body}
with smtplib.SMTP('127.0.0.1', int(os.environ['PORT'])) as s: s.send_message(m)
PYTHON
`;

interface Sender {
  program: string;
  sends: string;
  script: string;
  /** Name and bytes of each document that becomes part of the job. */
  documents: [name: string | RegExp, bytes: Buffer][];
}

const senders: Sender[] = [
  {
    program: 'swaks',
    sends: 'three attachments (ask 19)',
    script: `swaks --silent 3 --server 127.0.0.1 --port $PORT --from $FROM --to $TO --body body \\
      --attach-type application/postscript --attach-name a.ps --attach @a.ps \\
      --attach-type application/pdf --attach-name 'a b.pdf' --attach '@a b.pdf' \\
      --attach-type application/zip --attach-name docs.zip --attach @docs.zip`,
    documents: [
      ['a.ps', postScript],
      ['a b.pdf', pdf],
      ['docs.zip', zip],
    ],
  },
  {
    program: 'mutt',
    sends: 'names that are not ASCII, in quoted-printable',
    script: `echo body | mutt -n -F /dev/null -e "set smtp_url=smtp://127.0.0.1:$PORT" -e 'set ssl_starttls=no' \\
      -e 'set ssl_force_tls=no' -e "set from=$FROM" -e 'set use_from=yes' -e 'set copy=no' -e 'set charset=utf-8' \\
      -e 'set hostname=example.com' -s 'mutt – Ünïcode' -a '${umlauts}' 'a b.pdf' -- $TO`,
    documents: [
      [umlauts, postScript],
      ['a b.pdf', pdf],
    ],
  },
  {
    program: 's-nail',
    sends: 'names that are not ASCII',
    script: `echo body | s-nail -: / -S v15-compat -S mta=smtp://127.0.0.1:$PORT -S smtp-auth=none \\
      -S nosave -S from=$FROM -S ttycharset=utf-8 -s s-nail -a '${umlauts}' -a docs.zip $TO`,
    documents: [
      [umlauts, postScript],
      ['docs.zip', zip],
    ],
  },
  {
    program: 'mpack',
    sends: 'one document',
    script: `mpack -s 'mpack one' -d /dev/null -c application/postscript -o mail a.ps; ${msmtp} < mail`,
    documents: [['a.ps', postScript]],
  },
  {
    program: 'mpack',
    sends: 'five pieces that make one',
    script: `mpack -s 'mpack split' -m 48000 -c application/postscript -o piece long.ps
      [ $(ls piece.* | wc -l) = 5 ]
      for piece in piece.*; do ${msmtp} < $piece; done`,
    documents: [['long.ps', longProgram]],
  },
  {
    program: 'msmtp',
    sends: 'a uuencoded file in a mail without MIME',
    script: `{ printf 'From: %s\\nTo: %s\\nSubject: uuencode\\n\\nSee below.\\n\\nbegin 644 a.ps\\n' $FROM $TO
      python3 -c "
import binascii, sys
d = open('a.ps', 'rb').read()
for i in range(0, len(d), 45): sys.stdout.write(binascii.b2a_uu(d[i:i + 45]).decode())"
      printf '\`\\nend\\n'; } | ${msmtp}`,
    documents: [['a.ps', postScript]],
  },
  {
    program: 'curl',
    sends: 'a form as mail',
    script: `curl -s --url smtp://127.0.0.1:$PORT --mail-from $FROM --mail-rcpt $TO -F '=body;type=text/plain' \\
      -F 'file=@a.ps;type=application/postscript;encoder=base64' -F 'file=@a b.pdf;type=application/pdf;encoder=base64' \\
      -H "From: $FROM" -H "To: $TO" -H 'Subject: curl'`,
    documents: [
      ['a.ps', postScript],
      ['a b.pdf', pdf],
    ],
  },
  {
    program: 'python3',
    sends: 'a rich text with its picture, and a document',
    script: python(`m = new('alternative')
m.set_content('plain')
m.add_alternative('<p>html <img src="cid:x"></p>', subtype='html')
m.get_payload()[1].add_related(open('photo.jpg', 'rb').read(), 'image', 'jpeg', cid='<x>')
m.add_attachment(ps, 'application', 'postscript', filename='имя файла.ps')`),
    documents: [['имя файла.ps', postScript]],
  },
  {
    program: 'python3',
    sends: 'a forwarded mail with a document of no type (asks 21, 26)',
    script: python(`m = new('forwarded')
m.set_content('see')
inner = new('inner')
inner.set_content('x')
inner.add_attachment(ps, 'application', 'octet-stream', filename='noext')
m.add_attachment(inner)`),
    documents: [['noext', postScript]],
  },
  {
    program: 'python3',
    sends: 'PostScript as the text',
    script: python(`m = new('text')
m.set_content(ps.decode('latin1'))`),
    documents: [[/^document 1$/, Buffer.alloc(0)]],
  },
  {
    program: 'python3',
    sends: 'a document as the whole mail, with a path for a name (ask 27)',
    script: python(`m = new('bare')
m.set_content(ps, 'application', 'postscript', filename='../../etc/passwd.ps')`),
    documents: [['passwd.ps', postScript]],
  },
];

it.each(senders)('$program: $sends', async (sender) => {
  if (missing(sender.program)) return;
  const folder = temporaryFolder();
  const files = { 'a.ps': postScript, [umlauts]: postScript, 'a b.pdf': pdf, 'docs.zip': zip };
  for (const [name, bytes] of Object.entries({ ...files, 'photo.jpg': jpeg, 'long.ps': longProgram })) {
    writeFileSync(join(folder, name), bytes);
  }
  const house = await buildHouse({ printer: null });
  await sh({ folder, port: house.smtpPort }, sender.script);
  // There is no printer in this house: what is mailed stays a job that waits.
  await house.runOnce().catch(() => undefined);
  const [job, ...others] = await house.ledger((ledger) => ledger.jobs());
  expect(others).toEqual([]);
  expect(job?.documents.map(({ name }) => name)).toEqual(
    sender.documents.map(([name]) => (typeof name === 'string' ? name : expect.stringMatching(name))),
  );
  for (const [place, [, bytes]] of sender.documents.entries()) {
    const content = job?.documents[place]?.content;
    // PostScript as text changes its character set and line ends on the way; it is only there.
    if (bytes.length > 0) expect(content).toEqual({ digest: digestOf(bytes), bytes: bytes.length });
    else expect(content?.bytes).toBeGreaterThan(1000);
  }
  expect(readdirSync(folder)).not.toContain('dead.letter');
});

it('a mail without a document makes no job, and its sender is told', async () => {
  if (missing('swaks')) return;
  const house = await buildHouse({ printer: null });
  const script = 'swaks --silent 3 --server 127.0.0.1 --port $PORT --from $FROM --to $TO --body "text only"';
  await sh({ folder: temporaryFolder(), port: house.smtpPort }, script);
  await house.runOnce();
  expect(await house.ledger((ledger) => ledger.jobs())).toEqual([]);
  expect((await house.letters()).map(({ subject }) => subject)).toEqual([
    expect.stringContaining('Not accepted'),
  ]);
});

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
