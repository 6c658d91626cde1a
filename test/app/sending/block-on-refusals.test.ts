import { expect, test } from 'vitest';
import { makeBlockOnRefusals } from '../../../src/app/sending/block-on-refusals.ts';
import { classify } from '../../../src/core/replies/classify.ts';
import type { Stage } from '../../../src/core/replies/reply.ts';

function setUp() {
  const blocked: string[] = [];
  const watch = makeBlockOnRefusals(async (_, because) => void blocked.push(because));
  const refuse = (code: number, text: string, stage: Stage, direct = false) => {
    const context = { provider: 'other', stage, reused: false, direct, carried: 0 };
    watch.refused('c1', 'relay:other', classify({ code, enhanced: null, text }, context), text);
  };
  return { blocked, watch, refuse };
}

test('a campaign is blocked after five refusals in a row, and not before', () => {
  const { blocked, watch, refuse } = setUp();
  const once = () => refuse(550, 'Your IP is blocked', 'rcpt');
  for (let n = 0; n < 4; n += 1) once();
  watch.accepted('c1', 'relay:other');
  for (let n = 0; n < 4; n += 1) once();
  expect(blocked).toEqual([]);
  once();
  expect(blocked).toHaveLength(1);
});

test.each([
  [535, 'authentication failed', 'auth'],
  [0, 'certificate has expired (certificate of relay.example, valid from Jan 1 2024 to Jan 1 2025)', 'connect'],
] as const)('%d %s of a relay blocks at once, with its words', (code, text, stage) => {
  const { blocked, refuse } = setUp();
  refuse(code, text, stage);
  expect(blocked).toEqual([expect.stringContaining(text)]);
});

test('one provider’s bad certificate does not block at once what others take', () => {
  const { blocked, refuse } = setUp();
  refuse(0, 'TLS is required: certificate has expired', 'starttls', true);
  expect(blocked).toEqual([]);
});

test('what is said about our name says which setting gives it', () => {
  const { blocked, refuse } = setUp();
  for (let n = 0; n < 5; n += 1) refuse(504, '<vm>: Helo command rejected: need fully-qualified hostname', 'ehlo');
  expect(blocked[0]).toContain('OFFPEAK_EHLO_NAME');
});
