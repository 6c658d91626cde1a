import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StopKind } from '../../../src/core/attribution/stop.ts';
import { diagnoseCampaign } from '../../../src/core/diagnosis/campaign.ts';
import { type LaneStop, MOVING, type Standstill } from '../../../src/core/diagnosis/standstill.ts';
import { at, makeScene } from './scene.ts';

const stopped = (kind: StopKind, reply: string, nextTryAt: number | null = at(51)): LaneStop => ({
  ...{ kind, since: at(40), tries: 1, nextTryAt },
  reason: { cause: 'blocklist', rule: 'r', reply },
});

/** A lane that took everything, and stands like this at ten to ten. */
function found(still: Partial<Standstill>) {
  const scene = makeScene('relay:gmail');
  scene.heard(0, 40, 3000);
  return scene.diagnosed(50, { still: { ...MOVING, waiting: 7, ...still } });
}

describe('a lane at which nothing goes says so first', () => {
  test.each<[string, Partial<Standstill>, string]>([
    [
      'a wall',
      { stop: stopped('wall', '550 5.7.1 blocked') },
      'Gmail refuses every letter since 21:40 UTC ("550 5.7.1 blocked"). One letter tries at 21:51:00 UTC. Nobody bounces for it; the letters are put off and go first when one is taken. 7 recipients wait.',
    ],
    [
      'perhaps a greylister',
      { stop: stopped('unsure', '451 later') },
      'Gmail puts every letter off since 21:40 UTC ("451 later"). One letter tries at 21:51:00 UTC. It may greylist new senders: the same letters are tried again, and nobody bounces for it. 7 recipients wait.',
    ],
    [
      'a host that is away',
      { stop: stopped('away', 'getaddrinfo ENOTFOUND relay.example', at(49)) },
      'Gmail cannot be reached since 21:40 UTC ("getaddrinfo ENOTFOUND relay.example"). One letter is trying just now. Then all go on at the same rate; nobody has failed. 7 recipients wait.',
    ],
    [
      'a setup that is refused',
      { stop: stopped('setup', '535 5.7.8 no', null), waiting: 1 },
      'Gmail refuses us before any letter is named since 21:40 UTC ("535 5.7.8 no"). Nothing is sent until a person sets it right and resumes the campaign. Nobody has failed. 1 recipient waits.',
    ],
    [
      'a person',
      { isPaused: true },
      'Sending to Gmail is paused by a person. 7 recipients wait. Resume the lane to go on.',
    ],
    [
      'a pause of the rate loop',
      { pausedUntil: at(62) },
      'Sending to Gmail is stopped until 22:02 UTC; then one letter tries. 7 recipients wait.',
    ],
  ])('%s', (_, still, headline) => {
    expect(found(still)).toMatchObject({ headline, isStill: true });
  });

  test('and a person is told what to do sooner', () => {
    expect(found({ stop: stopped('setup', '535 no', null) }).advice[0]?.text).toContain('resume the campaign');
    expect(found({ stop: stopped('wall', '550 no') }).cause).toBe('blocklist');
  });

  test('"Nothing is wrong" is said of none of them', () => {
    const kinds = fc.constantFrom<StopKind>('wall', 'unsure', 'away', 'setup');
    const still = fc.oneof(
      kinds.map((kind) => ({ stop: stopped(kind, 'words') })),
      fc.integer({ min: 51, max: 600 }).map((minute) => ({ pausedUntil: at(minute) })),
      fc.constant({ isPaused: true }),
    );
    fc.assert(fc.property(still, (one) => void expect(found(one).headline).not.toContain('Nothing is wrong')));
  });

  test('and it comes first among the lanes of a campaign', () => {
    const busy = makeScene('relay:yahoo');
    busy.heard(0, 50, 900, '421 4.7.0 Too much mail from your host, slow down');
    const expired = { count: 0, total: 9, isDeadlineOver: false };
    const all = diagnoseCampaign([busy.diagnosed(50), found({ stop: stopped('away', 'gone') })], expired);
    expect(all.lanes[0]).toMatchObject({ lane: 'relay:gmail' });
    expect(all.headline).toMatch(/^Gmail cannot be reached/);
  });
});

test('small hosts that stand still, and greylisting, are told beside what goes well', () => {
  const site = { ...stopped('away', 'connect ECONNREFUSED'), site: 'dead.example' };
  expect(found({ isGreylisting: true, sites: { count: 3, examples: [site] } }).headline).toBe(
    'Nothing is wrong. Gmail took all 3,000 letters in the last 60 minutes. First tries are put off here, and the same letters are taken later. 3 small hosts stand still, such as dead.example since 21:40 UTC ("connect ECONNREFUSED").',
  );
});
