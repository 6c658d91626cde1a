import { describe, expect, test } from 'vitest';
import { makeTally } from '../../src/sim/tally.ts';

const START = 1_000_000;
const origin = { provider: 'alpha', connection: 1 };

function tallyOf(seconds: readonly number[]) {
  const tally = makeTally();
  tally.mail(START);
  for (const second of seconds) {
    const at = START + second * 1000;
    tally.record({
      event: 'accepted',
      at,
      ...origin,
      to: `${at}@x`,
      from: '',
      messageId: '',
      bytes: 1,
      answered: true,
    });
    tally.record({ event: 'refused', at, ...origin, stage: 'mail', code: 421, text: '', why: 'rate', to: null });
  }
  return tally.counts();
}

describe('the count per second', () => {
  test('has the seconds in which something happened', () => {
    expect(tallyOf([0, 0.5, 0.999, 1, 7]).acceptedPerSecond).toEqual([
      [0, 3, 3],
      [1, 1, 1],
      [7, 1, 1],
    ]);
  });

  test('keeps the newest hour', () => {
    const { acceptedPerSecond, accepted } = tallyOf(Array.from({ length: 4000 }, (_, second) => second));
    expect(accepted).toBe(4000);
    expect(acceptedPerSecond).toHaveLength(3600);
    expect(acceptedPerSecond.at(-1)).toEqual([3999, 1, 1]);
  });
});
