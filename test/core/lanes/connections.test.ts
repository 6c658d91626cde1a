import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ConnectionPolicy,
  type ConnectionState,
  defaultConnectionPolicy,
  onClean,
  onEstablished,
  onRefused,
  onTooManyMessages,
  startConnections,
  withCap,
} from '../../../src/core/lanes/connections.ts';

const NOON = Date.UTC(2030, 0, 1, 12);
const MINUTE = 60_000;

describe('the sessions of a lane', () => {
  test('begin at the limit asked for, within the cap and at least one', () => {
    expect(startConnections(5, 20).limit).toBe(5);
    expect(startConnections(50, 20).limit).toBe(20);
    expect(startConnections(0, 0).limit).toBe(1);
  });

  test('are limited to those that stood when another was refused', () => {
    expect(onRefused(startConnections(10, 20), 4, NOON).limit).toBe(4);
  });

  test('stay at one when the very first is refused', () => {
    expect(onRefused(startConnections(10, 20), 0, NOON).limit).toBe(1);
  });

  test('are never raised by a refusal', () => {
    expect(onRefused(startConnections(3, 20), 7, NOON).limit).toBe(3);
  });

  test('that come up just after a refusal had overtaken them count', () => {
    const refused = onRefused(startConnections(10, 20), 1, NOON);
    expect(onEstablished(refused, 3, NOON + 200).limit).toBe(3);
    expect(onEstablished(refused, 3, NOON + MINUTE).limit).toBe(1);
  });

  test('grow by one per two clean minutes up to the cap', () => {
    let state = onRefused(startConnections(3, 4), 2, NOON);
    state = onClean(state, NOON + 1.9 * MINUTE);
    expect(state.limit).toBe(2);
    state = onClean(state, NOON + 2 * MINUTE);
    expect(state.limit).toBe(3);
    state = onClean(onClean(state, NOON + 3 * MINUTE), NOON + 4 * MINUTE);
    expect(state.limit).toBe(4);
    expect(onClean(state, NOON + 60 * MINUTE)).toBe(state);
  });

  test('that meet the same limit again are tried after twice, then four times as long', () => {
    let state = startConnections(10, 10);
    let now = NOON;
    const minutes: number[] = [];
    for (let time = 0; time < 4; time++) {
      state = onRefused(onRefused(state, 3, now), 3, now + 100);
      const from = now;
      for (; state.limit === 3; now += MINUTE / 10) state = onClean(state, now);
      minutes.push(Math.round((now - from) / MINUTE));
    }
    expect(minutes).toEqual([2, 4, 8, 8]);
  });

  test('are not limited to one less because another one has just ended, which the server may still count', () => {
    const up = onEstablished(startConnections(10, 10), 4, NOON);
    expect(onRefused(onEstablished(up, 3, NOON + 1_000), 3, NOON + 2_000).limit).toBe(4);
    expect(onRefused(onEstablished(up, 3, NOON + 1_000), 3, NOON + 7_000).limit).toBe(3);
  });

  test('grow faster where the policy says so', () => {
    const state = onRefused(startConnections(5, 5), 1, NOON);
    expect(onClean(state, NOON + MINUTE, { ...defaultConnectionPolicy, growMs: MINUTE }).limit).toBe(2);
  });

  test('wait again after another refusal', () => {
    const state = onRefused(onRefused(startConnections(5, 5), 3, NOON), 3, NOON + 9 * MINUTE);
    expect(onClean(state, NOON + 12 * MINUTE).limit).toBe(3);
  });

  test('begin again with as many as the policy says after a refusal, then one more at a time', () => {
    const gmail: ConnectionPolicy = { ...defaultConnectionPolicy, growMs: MINUTE, restart: 1 };
    let state = onRefused(startConnections(5, 5), 4, NOON, gmail);
    expect(state.limit).toBe(1);
    // Those that were still up do not count as a new limit.
    expect(onEstablished(state, 4, NOON + 200, gmail).limit).toBe(1);
    state = onClean(state, NOON + MINUTE, gmail);
    expect(state.limit).toBe(2);
    expect(onRefused(state, 2, NOON + 2 * MINUTE, gmail).limit).toBe(1);
  });

  test('are not raised by a restart with more than there were', () => {
    expect(onRefused(startConnections(2, 5), 2, NOON, { ...defaultConnectionPolicy, restart: 3 }).limit).toBe(2);
  });

  test('carry no more messages than the server put up with', () => {
    const state = onTooManyMessages(startConnections(5, 5), 20);
    expect(state.messages).toBe(20);
    expect(onTooManyMessages(state, 30).messages).toBe(20);
    expect(onTooManyMessages(state, 0).messages).toBe(1);
  });

  test('follow a cap that is lowered at once', () => {
    expect(withCap(startConnections(10, 20), 4)).toMatchObject({ limit: 4, cap: 4 });
  });

  test('get back what a lower cap took, but no more than a server allowed', () => {
    const shared = withCap(startConnections(10, 10), 4);
    expect(withCap(shared, 20).limit).toBe(10);
    expect(withCap(onRefused(shared, 3, NOON), 20).limit).toBe(3);
  });

  test('stay between one and the cap and survive JSON, whatever happens', () => {
    const step = fc.record({
      kind: fc.constantFrom('refused', 'clean', 'established', 'messages'),
      n: fc.nat(40),
      wait: fc.nat(20 * MINUTE),
    });
    fc.assert(
      fc.property(fc.nat(40), fc.nat(30), fc.array(step, { maxLength: 60 }), (limit, cap, steps) => {
        let state = startConnections(limit, cap);
        let now = NOON;
        for (const { kind, n, wait } of steps) {
          now += wait;
          if (kind === 'refused') state = onRefused(state, n, now);
          else if (kind === 'established') state = onEstablished(state, n, now);
          else state = kind === 'clean' ? onClean(state, now) : onTooManyMessages(state, n);
          expect(state.limit).toBeGreaterThanOrEqual(1);
          expect(state.limit).toBeLessThanOrEqual(Math.max(1, cap));
          expect(JSON.parse(JSON.stringify(state)) as ConnectionState).toEqual(state);
        }
      }),
    );
  });
});
