/** Bytes that another process may read: each where it was told to look, in a file that nobody else can find. */
import { readdirSync, readSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { LentBytes, type LentPlace } from '#runtime/lent-bytes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

function lender() {
  const folder = temporaryFolder();
  const lent = new LentBytes(folder);
  onTestFinished(() => lent.close());
  const read = ({ at, length }: LentPlace) => {
    const bytes = Buffer.alloc(length);
    expect(readSync(lent.readDescriptor, bytes, 0, length, at)).toBe(length);
    return bytes.toString();
  };
  return { folder, lent, read };
}

it('has no name that anybody could find', () => {
  const { folder, lent, read } = lender();
  const place = lent.lend(Buffer.from('a payslip'));
  expect(readdirSync(folder)).toEqual([]);
  expect(read(place)).toBe('a payslip');
});

it('keeps what is lent until it is given back, in whatever order', () => {
  const step = fc.oneof(
    fc.record({ lend: fc.string({ maxLength: 200 }) }),
    fc.record({ giveBack: fc.nat() }),
  );
  const { lent, read } = lender();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const open: { place: LentPlace; text: string }[] = [];
      for (const todo of steps) {
        if ('lend' in todo) {
          open.push({ place: lent.lend(Buffer.from(todo.lend)), text: todo.lend });
        } else {
          const [gone] = open.splice(todo.giveBack % Math.max(open.length, 1), 1);
          if (gone !== undefined) lent.giveBack(gone.place);
        }
        expect(open.map(({ place }) => read(place))).toEqual(open.map(({ text }) => text));
      }
      for (const { place } of open) lent.giveBack(place);
    }),
  );
});

it('begins anew at the first byte when the oldest always comes back first', () => {
  const { lent } = lender();
  const open: LentPlace[] = [];
  let end = 0;
  for (let n = 0; n < 1000; n++) {
    const place = lent.lend(Buffer.alloc(100));
    end = Math.max(end, place.at + place.length);
    open.push(place);
    if (open.length > 16) lent.giveBack(open.shift() as LentPlace);
  }
  expect(end).toBe(1700);
});

it('may be closed twice, as a process that could not be started and then ends', () => {
  const { lent } = lender();
  lent.close();
  lent.close();
});
