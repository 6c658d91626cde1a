import { expect, test } from 'vitest';
import { bar, plainLine, screen, sparkline, type View } from '../../src/cli/screen.ts';

const view: View = {
  elapsedSeconds: 65,
  campaign: 'Spring',
  state: 'running',
  phase: 'throttled',
  total: 200,
  counts: { sent: 90, bounced: 10, pending: 100, deferred: 0 },
  lanes: [
    {
      id: 'a:gmail',
      state: 'slowed',
      allowed: 10.55,
      real: 9.8,
      throttledShare: 0.04,
      waiting: 1_234,
      history: [0, 50, 100],
    },
  ],
};

test('shows per lane what is allowed, what is real, the share of 421, who waits, and a sparkline', () => {
  const lines = screen(view);
  const lane = lines.find((line) => line.startsWith('a:gmail'))!;
  expect(lane).toMatch(/10\.[56]\s+9\.8\s+4%\s+1,234\s+slowed/);
  expect(lane).toMatch(/▄█$/);
});

test('shows how much is done, and only states that somebody is in', () => {
  const text = screen(view).join('\n');
  expect(text).toContain('100 of 200');
  expect(text).toContain('sent 90   bounced 10   pending 100');
  expect(text).not.toContain('deferred');
  expect(text).toContain('1:05');
});

test('is no wider than a terminal of 120 columns', () => {
  for (const line of screen(view)) expect(line.length).toBeLessThanOrEqual(120);
});

test('has a plain line for where there is no terminal', () => {
  expect(plainLine(view)).toBe('1:05 throttled: 100 of 200 done | a:gmail 9.8/10.6 per s, 421 4%');
});

test('a sparkline is as high as its own highest value, and shows the latest', () => {
  expect(sparkline([100, 1, 2, 4], 3)).toBe('▂▄█');
  expect(sparkline([], 3)).toBe('   ');
  expect(bar(0.5, 4)).toBe('██░░');
  expect(bar(7, 2)).toBe('██');
});
