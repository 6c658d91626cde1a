import { describe, expect, test } from 'vitest';
import { at, makeScene, printed, SLOW, SPAMHAUS, TSS04, UNSIGNED } from './scene.ts';

describe('nothing is wrong', () => {
  test('when all was taken', () => {
    const scene = makeScene('relay:gmail');
    scene.heard(0, 50, 3000);
    const found = scene.diagnosed(50);
    expect(found).toMatchObject({ cause: 'none', advice: [], otherCauses: [], since: null, isOngoing: false });
    expect(found.headline).toBe('Nothing is wrong. Gmail took all 3,000 letters in the last 60 minutes.');
  });

  test('when the few refusals are those that find the limit, and a few mailboxes are dead', () => {
    const scene = makeScene('relay:gmail');
    scene.heard(0, 50, 3000);
    scene.heard(10, 40, 9, '450 4.7.1 Rate limit exceeded, try later');
    scene.heard(0, 50, 40, '550 5.1.1 No such user', { stage: 'rcpt' });
    const found = scene.diagnosed(50);
    expect(found.cause).toBe('none');
    expect(found.headline).toBe(
      'Nothing is wrong. Gmail took 3,000 of 3,049 letters in the last 60 minutes; 9 (0.3 %) were put off, which is how the limit is found, and 40 concerned single mailboxes.',
    );
  });

  test('when nothing was sent', () => {
    const found = makeScene('relay:other').diagnosed(50);
    expect(found).toMatchObject({
      cause: 'none',
      headline: 'Nothing was sent to the group of small providers in the last 60 minutes.',
    });
  });
});

describe('throttling', () => {
  function throttled(after: number) {
    const scene = makeScene('relay:gmail');
    scene.heard(0, 20, 1200);
    scene.heard(20, 25, 60);
    scene.heard(20, 25, 200, SLOW);
    scene.decided(25, 'brake', { rateBefore: 10, rateAfter: 4 });
    scene.decided(25.2, 'shallow', { rateBefore: 4, rateAfter: 3.2 });
    scene.decided(26, 'climb', { rateAfter: 3.3 });
    scene.heard(25.2, 50, 1500);
    scene.heard(25.2, 49.5, after, SLOW);
    return scene;
  }

  test('is told from when on, how much, with what was said, and that it goes on', () => {
    const found = throttled(15).diagnosed(50);
    expect(found).toMatchObject({ cause: 'throttling', since: at(20), isOngoing: true });
    expect(found.headline).toBe(
      'Gmail takes fewer letters than were sent: 215 of 2,975 answers (7.2 %) were refusals of this kind, since 21:20 UTC, and it goes on.',
    );
    expect(found.observed.refused[0]).toMatchObject({ count: 215, code: 421, enhanced: '4.7.0', examples: [SLOW] });
  });

  test('is borne out by a lower rate that helped', () => {
    const found = throttled(15).diagnosed(50);
    expect(found.effects).toMatchObject([{ kind: 'rate', result: 'helped', from: at(25) }]);
    const helped =
      'Sending more slowly, from 21:25 UTC on, helped: 77 % of the answers were refusals before, 0.8 % after.';
    expect(found.evidence.for).toContain(helped);
    expect(found.otherCauses).toEqual([]);
  });

  test('is doubted when a lower rate did not help: then our standing may be the reason', () => {
    const found = throttled(4500).diagnosed(50);
    expect(found.effects).toMatchObject([{ result: 'didNotHelp' }]);
    expect(found.evidence.against.join()).toMatch(/did not help/);
    expect(found.otherCauses.map(({ cause }) => cause)).toEqual(['blocklist']);
    expect(found.advice.map(({ text }) => text)).toContain(
      'If it goes on for hours, look your sending address up at the block lists.',
    );
  });

  test('is not judged too early', () => {
    const scene = throttled(0.1);
    expect(scene.diagnosed(25.3).effects).toMatchObject([{ result: 'tooEarly' }]);
    expect(scene.diagnosed(25.3).evidence.against).toEqual([]);
  });

  test('that is over says so and asks for nothing', () => {
    const scene = makeScene('relay:gmail');
    scene.heard(0, 50, 500);
    scene.heard(5, 10, 100, SLOW);
    const found = scene.diagnosed(50);
    expect(found).toMatchObject({ cause: 'throttling', isOngoing: false });
    expect(found.headline).toMatch(/from 21:05 UTC until 21:09 UTC; none in the last 40 minutes\.$/);
    expect(found.advice.map(({ text }) => text)).toEqual(['Do nothing: the rate is within the limit again.']);
  });

  test('with words that nobody knows says so, and names what it could be as well', () => {
    const scene = makeScene('relay:alpha.example');
    scene.heard(0, 50, 100);
    scene.heard(20, 50, 400, '421 The moon is full');
    const found = scene.diagnosed(50);
    expect(found.cause).toBe('throttling');
    expect(found.evidence.for).toEqual([]);
    expect(found.evidence.against).toEqual([
      'Nobody knows the words of 400 refusals: only the code was read (see replies/unknown).',
    ]);
    expect(found.otherCauses.map(({ cause }) => cause)).toEqual(['overload']);
    expect(found.advice.at(-1)?.text).toMatch(/^Teach Offpeak/);
  });

  test('is not believed for many bare codes when fewer replies name another cause', () => {
    const scene = makeScene('relay:alpha.example');
    scene.heard(0, 50, 100);
    scene.heard(20, 49, 100, '421 The moon is full');
    scene.heard(20, 49, 60, '421 Server busy');
    expect(scene.diagnosed(50).cause).toBe('overload');
  });

  test('begins where its last episode began', () => {
    const scene = makeScene('relay:gmail');
    scene.heard(0, 60, 600);
    scene.heard(2, 6, 50, SLOW);
    scene.heard(50, 59, 50, SLOW);
    expect(scene.diagnosed(60).since).toBe(at(50));
  });
});

describe('connections', () => {
  function refusedSessions() {
    const scene = makeScene('relay:orange');
    const line =
      '421 mwinf5c79 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR005_104 [104]';
    scene.heard(0, 50, 800);
    scene.heard(5, 15, 100, line, { stage: 'greeting' });
    scene.decided(15, 'connections', { connections: 2, rule: 'orange.104', cause: 'connections' });
    return scene;
  }

  test('are the cause, and fewer sessions helped', () => {
    const found = refusedSessions().diagnosed(50);
    expect(found.cause).toBe('connections');
    expect(found.effects).toMatchObject([{ kind: 'connections', result: 'helped' }]);
    expect(found.evidence.for).toContain('100 replies name a limit of the provider’s own.');
    expect(found.evidence.for.join()).toMatch(/Holding fewer sessions, from 21:15 UTC on, helped: 38 % .* 0 % after\./);
    expect(found.steps.map(({ text }) => text)).toEqual(['21:15:00 UTC: set the most sessions to 2.']);
  });

  test('that grow again with time are no move of ours against it', () => {
    const scene = refusedSessions();
    scene.decided(35, 'connections', { connections: 3, rule: null, cause: null });
    expect(scene.diagnosed(50).effects).toHaveLength(1);
    expect(scene.diagnosed(50).steps).toHaveLength(2);
    const grown = makeScene('relay:orange');
    grown.decided(35, 'connections', { connections: 3, rule: null, cause: null });
    expect(grown.diagnosed(50).effects).toEqual([]);
  });

  test('of fewer letters each are no fewer sessions', () => {
    const scene = refusedSessions();
    scene.decided(30, 'connections', { connections: 2, rule: 'general.messages-per-session', cause: 'connections' });
    const found = scene.diagnosed(50);
    expect(found.effects).toHaveLength(1);
    expect(found.steps.at(-1)?.text).toBe('21:30:00 UTC: set how many letters one session carries.');
  });
});

test('configuration: what to publish, and the page once', () => {
  const scene = makeScene('direct:gmail');
  scene.heard(20, 49, 60, UNSIGNED, { stage: 'dot' });
  const found = scene.diagnosed(50);
  expect(found.cause).toBe('configuration');
  expect(found.advice.map(({ text }) => text).join()).toMatch(/Publish SPF and DKIM/);
  expect(found.advice.filter(({ page }) => page?.url.includes('81126'))).toHaveLength(1);
});

test('overload: wait', () => {
  const scene = makeScene('relay:gmx-webde');
  scene.heard(0, 50, 500);
  scene.heard(20, 49, 30, '421 gmx.net Service not available, closing transmission channel');
  const found = scene.diagnosed(50);
  expect(found.cause).toBe('overload');
  expect(found.headline).toMatch(/^GMX\/WEB\.DE seems overloaded or under repair: 30 of 530/);
  expect(found.advice[0]?.text).toMatch(/^Wait: GMX/);
});

test('overload at many providers at once is doubted', () => {
  const scene = makeScene('relay:gmx-webde');
  scene.heard(20, 49, 30, '421 gmx.net Service not available, closing transmission channel');
  scene.heard(20, 49, 30, '421 Service not available', { lane: 'relay:yahoo' });
  const found = scene.diagnosed(50);
  expect(found.evidence.against).toContain(
    'relay:yahoo has trouble at the same time, so it is the route or our address.',
  );
  expect(found.otherCauses.map(({ cause }) => cause)).toContain('blocklist');
});

test('content: look at the letter; what was heard besides is named', () => {
  const scene = makeScene('relay:gmail');
  scene.heard(0, 50, 700);
  scene.heard(20, 49, 40, '550 5.7.1 Our system has detected that this message is likely unsolicited mail', {
    stage: 'dot',
  });
  scene.heard(20, 49, 60, '554 Message rejected as spam', { stage: 'dot' });
  const found = scene.diagnosed(50);
  expect(found.cause).toBe('content');
  expect(found.otherCauses).toEqual([{ cause: 'blocklist', because: '40 refusals (5 %) are of this kind.' }]);
});

test('recipient: the list is the trouble when every tenth address is dead', () => {
  const scene = makeScene('relay:yahoo');
  scene.heard(0, 50, 700);
  scene.heard(0, 49, 200, '550 5.1.1 No such user here', { stage: 'rcpt' });
  const found = scene.diagnosed(50);
  expect(found.cause).toBe('recipient');
  expect(found.headline).toMatch(/^Many addresses of Yahoo do not take mail now: 200 of 900 answers \(22 %\)/);
});

test('a relay that speaks for its own account is the one that is named, and no provider’s page', () => {
  const scene = makeScene('ses:gmail');
  scene.heard(0, 50, 100);
  scene.heard(20, 50, 60, '454 Throttling failure: Maximum sending rate exceeded.', { stage: 'dot' });
  scene.heard(0, 50, 100, undefined, { lane: 'ses:yahoo' });
  const found = scene.diagnosed(50);
  expect(found.headline).toMatch(/^The relay of route ses takes fewer letters than were sent: 60 of 160/);
  expect(printed(found)).not.toMatch(/Gmail|google|other lanes/);
});

test('a few refusals are no trouble, the same few out of few are', () => {
  const scene = makeScene('relay:gmail');
  scene.heard(0, 49, 100);
  scene.heard(20, 49, 5, SLOW);
  expect(scene.diagnosed(50).cause).toBe('none');
  const small = makeScene('relay:gmail');
  small.heard(0, 49, 10);
  small.heard(20, 49, 5, SLOW);
  expect(small.diagnosed(50).cause).toBe('throttling');
});

test('a campaign’s own letters are counted, whoever else uses the lane', () => {
  const scene = makeScene('relay:gmail');
  scene.heard(0, 50, 100);
  scene.heard(20, 49, 60, SLOW);
  expect(scene.diagnosed(50, { campaignId: 'c' }).observed.answers).toBe(160);
  expect(scene.diagnosed(50, { campaignId: 'another' })).toMatchObject({ cause: 'none', observed: { answers: 0 } });
});

test('whatever was heard, every sentence is whole', () => {
  const lines = [SLOW, TSS04, SPAMHAUS, UNSIGNED, '421 The moon is full', '554 Message rejected as spam'];
  for (const provider of ['gmail', 'other', 'alpha.example', 'gmx-webde', 'mimecast-eu'])
    for (const line of lines) {
      const scene = makeScene(`relay:${provider}`);
      scene.heard(30, 49, 1, line);
      const text = printed(scene.diagnosed(50));
      expect(text).not.toMatch(/undefined|NaN|null|\[object/);
      for (const sentence of text.split('\n')) expect(sentence).toMatch(/\.$|\((?:reply|offpeak)\)$/);
    }
});
