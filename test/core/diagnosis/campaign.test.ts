import { expect, test } from 'vitest';
import { diagnoseCampaign as diagnose } from '../../../src/core/diagnosis/campaign.ts';
import type { Diagnosis } from '../../../src/core/diagnosis/diagnose.ts';
import { makeScene } from './scene.ts';

const NOBODY = { count: 0, total: 4_000, isDeadlineOver: false };
const diagnoseCampaign = (lanes: readonly Diagnosis[]) => diagnose(lanes, NOBODY);

function diagnosed(lane: string, refusals: number, line = '421 4.7.0 Too much mail from your host, slow down') {
  const scene = makeScene(lane);
  scene.heard(0, 50, 500);
  if (refusals > 0) scene.heard(20, 50, refusals, line);
  return scene.diagnosed(50);
}

test('the worst lane comes first and speaks for the campaign', () => {
  const { cause, headline, lanes } = diagnoseCampaign([
    diagnosed('relay:yahoo', 0),
    diagnosed('relay:gmail', 60),
    diagnosed('relay:icloud', 100),
    diagnosed('relay:outlook', 60, '550 5.7.1 Client host [198.51.100.7] blocked using Spamhaus'),
  ]);
  expect(lanes.map(({ provider }) => provider)).toEqual(['outlook', 'icloud', 'gmail', 'yahoo']);
  expect(cause).toBe('blocklist');
  expect(headline).toMatch(/^Outlook\.com distrusts .* There is trouble with iCloud Mail and Gmail too\.$/);
});

test('of two alike the one that goes on is worse', () => {
  const over = makeScene('relay:a.example');
  over.heard(0, 50, 500);
  over.heard(5, 20, 100, '421 4.7.0 Too much mail from your host, slow down');
  const { lanes } = diagnoseCampaign([over.diagnosed(50), diagnosed('relay:b.example', 60)]);
  expect(lanes.map(({ lane }) => lane)).toEqual(['relay:b.example', 'relay:a.example']);
});

test('nothing wrong is said plainly', () => {
  const found = diagnoseCampaign([diagnosed('relay:yahoo', 0), diagnosed('relay:gmail', 2)]);
  expect(found).toMatchObject({ cause: 'none', headline: 'Nothing is wrong on any of the 2 lanes.' });
  expect(diagnoseCampaign([diagnosed('relay:yahoo', 0)]).headline).toMatch(/^Nothing is wrong\. Yahoo took all 500/);
  expect(diagnoseCampaign([])).toMatchObject({ cause: 'none', headline: 'Nothing was sent.', lanes: [] });
});

test('recipients that expired are in the first sentence, whatever is wrong or not', () => {
  const fine = [diagnosed('relay:yahoo', 0)];
  expect(diagnose(fine, { ...NOBODY, count: 2_351, isDeadlineOver: true }).headline).toMatch(
    /^2,351 of 4,000 recipients expired at the deadline, without a letter\. Nothing is wrong\. Yahoo took/,
  );
  expect(diagnose(fine, { ...NOBODY, count: 1 }).headline).toMatch(
    /^1 of 4,000 recipients expired when the time they are tried for was over/,
  );
});
