import { describe, expect, test, vi } from 'vitest';
import type { AttemptRecord } from '../../../src/app/lanes/ports.ts';
import type { Log } from '../../../src/app/ports.ts';
import { makeLedgerWriter } from '../../../src/app/sending/ledger-writer.ts';
import type { Claimed, Ledger, Settlement } from '../../../src/app/sending/ports.ts';
import { makeFakeClock } from '../../setup/fake-clock.ts';

const quiet: Log = { info() {}, warn() {}, error() {}, with: () => quiet };
const row = (id: string): Claimed => ({
  id,
  by: 'w',
  campaignId: 'c1',
  address: `${id}@a.example`,
  domain: 'a.example',
  fields: {},
  failures: 0,
  firstTriedAt: null,
});
const sent = (id: string): Settlement => ({
  id,
  by: 'w',
  to: { state: 'sent' },
  attempted: true,
  failed: false,
  reply: null,
  firstTriedAt: null,
});
const attempt = { campaignId: 'c1' } as AttemptRecord;

/** A ledger that fails as often as it is told to. */
function writing({ failures = 0, suppressed = [] as string[], lost = [] as string[] } = {}) {
  let left = failures;
  const written = { settled: [] as string[], attempts: [] as string[], suppressed: [] as string[] };
  const trouble = () => {
    if (left-- > 0) throw new Error('away');
  };
  const ledger: Ledger = {
    claim: async () => [],
    async mark(rows) {
      trouble();
      return new Set(rows.map(({ id }) => id).filter((id) => !lost.includes(id)));
    },
    async settle(settlements) {
      trouble();
      written.settled.push(...settlements.map(({ id }) => id));
      return new Set();
    },
    async record(attempts) {
      written.attempts.push(...attempts.map(({ id }) => id));
    },
  };
  let ids = 0;
  const isCurrent = { now: true };
  const clock = makeFakeClock();
  const writer = makeLedgerWriter({
    ledger,
    suppressions: {
      suppressed: async (addresses) => new Set(addresses.filter((address) => suppressed.includes(address))),
      add: async (address) => void written.suppressed.push(address),
    },
    isConfigurationCurrent: async () => isCurrent.now,
    newId: () => `id${ids++}`,
    clock,
    log: quiet,
  });
  void writer.start();
  return { writer, written, clock };
}

describe('the mark', () => {
  test('lets a letter go, unless its row is lost or its address suppressed', async () => {
    const { writer } = writing({ lost: ['b'], suppressed: ['c@a.example'] });
    const answers = await Promise.all(['a', 'b', 'c'].map((id) => writer.mark(row(id), 0)));
    expect(answers).toEqual(['go', 'lost', 'suppressed']);
  });

  test('is refused, not guessed, when the database does not answer', async () => {
    const { writer } = writing({ failures: 1 });
    await expect(writer.mark(row('a'), 0)).rejects.toThrow('away');
    await expect(writer.mark(row('a'), 0)).resolves.toBe('go');
  });
});

describe('an outcome', () => {
  test('is written again until the database takes it, with the same id for its attempt', async () => {
    const { writer, written, clock } = writing({ failures: 3 });
    const settled = writer.settle({ settlement: sent('a'), attempt, suppress: null });
    await clock.advance(10_000);
    await settled;
    expect(written.settled).toEqual(['a']);
    expect(new Set(written.attempts).size).toBe(1);
    expect(writer.unsettled()).toBe(0);
  });

  test('brings the suppression of its address along', async () => {
    const { writer, written } = writing();
    const suppress = { address: 'a@a.example', campaignId: 'c1' };
    await writer.settle({ settlement: sent('a'), attempt: null, suppress });
    expect(written).toEqual({ settled: ['a'], attempts: [], suppressed: ['a@a.example'] });
  });

  test('is given up only when we are told to stop, and its grace is over', async () => {
    const { writer, clock } = writing({ failures: 1_000 });
    const settled = writer.settle({ settlement: sent('a'), attempt, suppress: null });
    const ended = vi.fn();
    settled.catch(ended);
    await clock.advance(60_000);
    const stopped = writer.stop(5_000);
    await clock.advance(4_999);
    expect(ended).not.toHaveBeenCalled();
    await clock.advance(1);
    await stopped;
    await expect(settled).rejects.toThrow('away');
    expect(clock.pending()).toBe(0);
  });

  test('that comes during a stop is written too; one after it is refused', async () => {
    const { writer, written, clock } = writing({ failures: 1 });
    const first = writer.settle({ settlement: sent('a'), attempt, suppress: null });
    const stopped = writer.stop(5_000);
    const second = writer.settle({ settlement: sent('b'), attempt, suppress: null });
    await clock.advance(1_000);
    await Promise.all([first, second, stopped]);
    expect(written.settled).toEqual(['a', 'b']);
    await expect(writer.settle({ settlement: sent('c'), attempt, suppress: null })).rejects.toThrow('stopped');
    await expect(writer.mark(row('c'), 0)).rejects.toThrow('stopped');
  });
});
