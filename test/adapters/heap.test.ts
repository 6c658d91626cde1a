import { expect, test } from 'vitest';
import { inLeanHeap } from '../../src/adapters/heap.ts';

/** Makes much garbage, each piece of which lives for a while. Answers how far the heap grew, MB. */
async function churn(): Promise<number> {
  const before = process.memoryUsage().heapTotal;
  const ring: unknown[] = Array.from({ length: 250_000 });
  let most = 0;
  for (let at = 0; at < 6_000_000; at++) {
    ring[at % ring.length] = { at, text: [`person.${at}@example.com`, at] };
    if (at % 50_000 === 0) most = Math.max(most, process.memoryUsage().heapTotal - before);
  }
  return most / 2 ** 20;
}

test('what is long under way does not let the heap grow far, answers what it does, and fails as it does', async () => {
  const [grown, answer] = await Promise.all([inLeanHeap(churn), inLeanHeap(async () => 'done')]);
  expect(grown).toBeLessThan((await churn()) / 2);
  expect(answer).toBe('done');
  await expect(inLeanHeap(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
});
