import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import {
  closedAfterEach,
  GRACE_MS,
  newCampaign,
  newDatabaseName,
  people,
  progressOf,
  routeTo,
  scratch,
  startProduct,
  startSim,
  untilFinished,
} from './product.ts';

/** A machine whose clock is two hours wrong: the time of the installation is the database's. */

const closers = closedAfterEach();
const HOUR = 3_600_000;
const PEOPLE = 30;

/** Read before the program: a machine that is wrong by so much. */
const wrongClock = (byMs: number) => `
const Right = Date;
globalThis.Date = class Date extends Right {
  constructor(...given) { given.length === 0 ? super(Right.now() + ${byMs}) : super(...given); }
  static now() { return Right.now() + ${byMs}; }
};`;

const inHours = (hours: number) => new Date(Date.now() + hours * HOUR);
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const windowOf = (from: number, to: number) => {
  const [start, end] = [from, to].map((hours) => inHours(hours).toISOString().slice(11, 16));
  return { windows: [{ days: DAYS, from: start, until: end, zone: 'UTC' }] };
};

test.each([2, -2])(
  'where the machine is wrong by %d hours, windows, deadlines and starts hold by the database',
  { timeout: 120_000 },
  async (hours) => {
    const folder = await scratch(closers);
    const preload = join(folder, 'wrong-clock.cjs');
    await writeFile(preload, wrongClock(hours * HOUR));
    const sim = await startSim(folder, { providers: [{ name: 'alpha' }] });
    closers.push(() => sim.stop(GRACE_MS));
    const product = await startProduct({
      MONGODB_URI: inject('mongodbUri'),
      OFFPEAK_DATABASE: newDatabaseName(),
      OFFPEAK_DATA_DIR: folder,
      NODE_OPTIONS: `--require ${preload}`,
    });
    closers.push(() => product.end('SIGKILL'));
    const { client, errors } = product;
    await routeTo(client, sim, 5);
    const scheduled = async (schedule: object) => {
      const { id } = await newCampaign(client, people({ 'alpha.example': PEOPLE }));
      await client.send('PUT', `/api/v1/campaigns/${id}/schedule`, schedule);
      return id;
    };

    expect(errors()).toContain('clock.differs');
    const inTime = await scheduled({ deadline: inHours(1).toISOString() });
    const openNow = await scheduled(windowOf(-1, 1));
    const shut = await scheduled(windowOf(1, 3));
    const later = await scheduled({ startAt: inHours(1).toISOString() });
    const soon = await scheduled({ startAt: new Date(Date.now() + 4_000).toISOString() });
    for (const id of [inTime, openNow, soon]) {
      expect(await untilFinished(client, id)).toMatchObject({ state: 'finished', counts: { sent: PEOPLE } });
    }
    await sleep(3_000);
    for (const id of [shut, later]) {
      expect(await progressOf(client, id)).toMatchObject({ state: 'scheduled', counts: { pending: PEOPLE, sent: 0 } });
    }
  },
);
