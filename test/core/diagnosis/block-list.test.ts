import { describe, expect, test } from 'vitest';
import { at, makeScene, SPAMHAUS, TSS04 } from './scene.ts';

describe('a block list', () => {
  function listed() {
    const scene = makeScene('direct:outlook');
    scene.heard(0, 50, 5);
    scene.heard(10, 49.5, 90, SPAMHAUS);
    return scene;
  }

  test('that the reply names is the cause, with the page that the reply names', () => {
    const found = listed().diagnosed(50);
    expect(found.cause).toBe('blocklist');
    expect(found.headline).toMatch(/^Outlook\.com distrusts the sending address or domain: 90 of 95 answers \(95 %\)/);
    expect(found.evidence.for).toContain('The replies name Spamhaus.');
    expect(found.advice[0]).toEqual({
      text: 'Look your address up at Spamhaus, mend the cause, and ask for removal.',
      page: { title: 'www.spamhaus.org', url: 'https://www.spamhaus.org/query/ip/198.51.100.7', namedBy: 'reply' },
    });
    expect(found.advice.at(-1)?.text).toBe('If the campaign is blocked, resume it when that is done.');
  });

  test('is our address when most lanes of the route have trouble at once', () => {
    const scene = listed();
    scene.heard(10, 50, 60, TSS04, { lane: 'direct:yahoo' });
    scene.heard(10, 50, 60, SPAMHAUS, { lane: 'other-route:gmail' });
    const found = scene.diagnosed(50);
    expect(found.neighbourhood).toEqual({ affected: ['direct:yahoo'], healthy: [], isRoute: true });
    expect(found.evidence.for).toContain(
      'direct:yahoo has trouble at the same time, so it is the route or our address.',
    );
  });

  test('stays the cause although the reply only asks to slow down', () => {
    const scene = makeScene('relay:yahoo');
    scene.heard(0, 49, 50);
    scene.heard(10, 49, 50, '421 4.7.0 [TS01] Messages deferred; see https://www.spamhaus.org/query/ip/198.51.100.7');
    const found = scene.diagnosed(50);
    expect(found.observed.refused[0]?.cause).toBe('throttling');
    expect(found.cause).toBe('blocklist');
  });

  test('is doubted while letters are still taken', () => {
    const scene = makeScene('relay:yahoo');
    scene.heard(0, 49, 490);
    scene.heard(25, 49, 50, SPAMHAUS);
    expect(scene.diagnosed(50).evidence.against).toContain('240 letters were taken all the same since then.');
  });

  test('is nobody else’s trouble when another lane has hardly sent', () => {
    const scene = listed();
    scene.heard(10, 50, 3, TSS04, { lane: 'direct:yahoo' });
    expect(scene.diagnosed(50).neighbourhood).toEqual({ affected: [], healthy: [], isRoute: false });
  });

  test('does not send anybody to a page that only looks like the list’s', () => {
    const scene = makeScene('relay:alpha.example');
    scene.heard(10, 49, 50, '554 Listed at Spamhaus, see https://spamhaus.evil.example/pay');
    const [first, second] = scene.diagnosed(50).advice;
    expect(first?.page).toEqual({ title: 'Spamhaus', url: 'https://check.spamhaus.org/', namedBy: 'offpeak' });
    expect(second?.page).toMatchObject({ url: 'https://spamhaus.evil.example/pay', namedBy: 'reply' });
  });

  test('of the provider’s own: a stop, and the other lanes are fine', () => {
    const scene = makeScene('direct:yahoo');
    scene.heard(0, 10, 300);
    scene.heard(10, 12, 60, TSS04);
    scene.decided(12, 'open', { rateAfter: 0, pausedUntil: new Date(at(125)) });
    scene.heard(0, 50, 300, undefined, { lane: 'direct:gmail' });
    const found = scene.diagnosed(50);
    expect(found).toMatchObject({ cause: 'blocklist', isOngoing: true });
    expect(found.headline).toMatch(/since 21:10 UTC; sending is stopped until 23:05 UTC\.$/);
    expect(found.evidence.for).toContain(
      'The other lanes of the route are fine (direct:gmail), so it is between Yahoo and us.',
    );
    expect(found.steps.map(({ text }) => text)).toEqual(['21:12:00 UTC: stopped until 23:05 UTC.']);
    expect(found.advice.map(({ text }) => text).join()).not.toContain('resume');
  });
});
