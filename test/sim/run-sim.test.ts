import { EventEmitter } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SimEvent } from '../../src/sim/event.ts';
import { runSim } from '../../src/sim/run-sim.ts';
import { session } from './raw-client.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offpeak-sim-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function written(profile: unknown): Promise<string> {
  const path = join(folder, 'profile.json');
  await writeFile(path, typeof profile === 'string' ? profile : JSON.stringify(profile));
  return path;
}

async function started(profile: unknown) {
  const lines: string[] = [];
  const signals = new EventEmitter();
  const running = runSim(await written(profile), { print: (line) => lines.push(line), signals });
  await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 20_000 });
  return { lines, signals, running, listening: JSON.parse(lines[0]!) };
}

describe('offpeak sim', () => {
  test.each(['SIGINT', 'SIGTERM'])('says where it listens and, on %s, what came of it', async (signal) => {
    const log = join(folder, 'events.jsonl');
    const { lines, signals, running, listening } = await started({
      providers: [{ name: 'alpha' }, { name: 'beta' }],
      log,
    });
    expect(listening).toEqual({
      event: 'listening',
      providers: { alpha: expect.any(Number), beta: expect.any(Number) },
      control: null,
    });
    await (await session(listening.providers.beta)).send('a@x.example');
    signals.emit(signal);
    expect(await running).toMatchObject({ ok: true, value: { total: { accepted: 1 } } });
    expect(JSON.parse(lines[1]!)).toMatchObject({ event: 'summary', providers: { beta: { accepted: 1 }, alpha: {} } });
    expect(signals.eventNames()).toEqual([]);

    const events = (await readFile(log, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line): SimEvent => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(['connect', 'greeting', 'accepted', 'closed']);
    expect(events[2]).toMatchObject({ provider: 'beta', to: 'a@x.example', messageId: '<a@x.example>', connection: 1 });
  });

  test.each([
    ['a file that is not there', null, /can't be read/],
    ['a file that is not JSON', '{', /not JSON/],
    ['a wrong value', { providers: [{ name: 'a', burst: 0 }] }, /\/providers\/0\/burst/],
  ])('refuses %s', async (_what, profile, detail) => {
    const path = profile === null ? join(folder, 'nowhere.json') : await written(profile);
    const outcome = await runSim(path, { print: () => {} });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'sim.profile', detail: expect.stringMatching(detail) } });
  });

  test('refuses a port that is taken, and leaves none open', async () => {
    const first = await started({ providers: [{ name: 'alpha' }, { name: 'beta' }] });
    const { alpha, beta } = first.listening.providers;
    const second = async (providers: object[]) => runSim(await written({ providers }), { print: () => {} });
    const gamma = { name: 'gamma', port: beta };
    expect(await second([{ name: 'delta' }, gamma])).toMatchObject({ ok: false, error: { code: 'sim.listen' } });
    first.signals.emit('SIGINT');
    await first.running;

    const other = await started({ providers: [{ name: 'beta', port: beta }] });
    expect(await second([{ name: 'alpha', port: alpha }, gamma])).toMatchObject({ ok: false });
    other.signals.emit('SIGINT');
    await other.running;
    const last = await started({ providers: [{ name: 'alpha', port: alpha }] });
    last.signals.emit('SIGINT');
    await last.running;
  });
});

describe('the control door', () => {
  const withControl = async (work: (url: string, port: number) => Promise<void>) => {
    const providers = [{ name: 'alpha', ratePerSecond: 0, burst: 1 }, { name: 'beta' }];
    const { signals, running, listening } = await started({ providers, control: { port: 0 } });
    await work(`http://127.0.0.1:${listening.control}`, listening.providers.alpha);
    signals.emit('SIGTERM');
    await running;
  };

  const put = (url: string, body: string) => fetch(url, { method: 'PUT', body });

  test('tells the summary and the accepted', async () => {
    await withControl(async (url, port) => {
      await (await session(port)).send('a@x.example');
      const summary = await (await fetch(`${url}/summary`)).json();
      expect(summary).toMatchObject({ total: { accepted: 1, acceptedPerSecond: [[0, 1, 0]] } });
      expect(await (await fetch(`${url}/accepted?provider=alpha`)).text()).toBe('a@x.example <a@x.example>\n');
      expect(await (await fetch(`${url}/accepted`)).text()).toBe('a@x.example <a@x.example>\n');
      expect(await (await fetch(`${url}/accepted?provider=beta`)).text()).toBe('');
      expect((await fetch(`${url}/accepted?provider=delta`)).status).toBe(404);
    });
  });

  test('changes a hidden rate', async () => {
    await withControl(async (url, port) => {
      await (await session(port)).send('a@x.example');
      expect(await (await session(port)).send('b@x.example')).toMatch(/^421/);
      const changed = await put(`${url}/providers/alpha/rate`, '{"ratePerSecond":null}');
      expect([changed.status, await changed.json()]).toEqual([200, { ratePerSecond: null }]);
      expect(await (await session(port)).send('b@x.example')).toMatch(/^250/);
    });
  });

  test.each([
    ['/providers/delta/rate', '{"ratePerSecond":1}', 404],
    ['/providers/alpha/rate', '{"ratePerSecond":-1}', 400],
    ['/providers/alpha/rate', 'x', 400],
    ['/providers/alpha/rate', `"${'x'.repeat(100_000)}"`, 400],
    ['/summary', '{}', 404],
  ])('refuses PUT %s', async (path, body, status) => {
    await withControl(async (url) => {
      const answer = await put(`${url}${path}`, body);
      expect([answer.status, await answer.json()]).toEqual([
        status,
        expect.objectContaining({ code: expect.any(String) }),
      ]);
    });
  });
});
