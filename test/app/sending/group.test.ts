import { describe, expect, test } from 'vitest';
import { makeGroup } from '../../../src/app/sending/ledger-writer.ts';

function slowWrites() {
  const writes: { items: readonly number[]; end: () => void; fail: () => void }[] = [];
  const group = makeGroup<number, number>(
    3,
    (items) =>
      new Promise((resolve, reject) =>
        writes.push({ items, end: () => resolve((item) => item * 2), fail: () => reject(new Error('away')) }),
      ),
  );
  return { group, writes };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('group commit', () => {
  test('gathers whatever comes during a write into the next one, in order, up to its bound', async () => {
    const { group, writes } = slowWrites();
    const first = group.add(1);
    await turn();
    const later = [2, 3, 4, 5].map((item) => group.add(item));
    expect(writes.map(({ items }) => items)).toEqual([[1]]);
    writes[0]!.end();
    await expect(first).resolves.toBe(2);
    await turn();
    expect(writes[1]!.items).toEqual([2, 3, 4]);
    writes[1]!.end();
    await turn();
    expect(writes[2]!.items).toEqual([5]);
    writes[2]!.end();
    await expect(Promise.all(later)).resolves.toEqual([4, 6, 8, 10]);
    expect(group.waiting()).toBe(0);
  });

  test('a failed write fails its own items and nobody else', async () => {
    const { group, writes } = slowWrites();
    const first = group.add(1);
    await turn();
    const second = group.add(2);
    writes[0]!.fail();
    await expect(first).rejects.toThrow('away');
    await turn();
    writes[1]!.end();
    await expect(second).resolves.toBe(4);
  });

  test('goes on after a pause', async () => {
    const { group, writes } = slowWrites();
    for (const item of [1, 2]) {
      const answer = group.add(item);
      await turn();
      writes.at(-1)!.end();
      await expect(answer).resolves.toBe(item * 2);
      await turn();
    }
  });
});
