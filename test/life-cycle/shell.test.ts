import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { makeDispenser } from '../../src/adapters/dispenser.ts';
import { agendaJobs } from '../../src/adapters/jobs.ts';
import { type Connection, connect } from '../../src/adapters/mongo/client.ts';
import { askTime, makeDatabaseClock } from '../../src/adapters/mongo/database-clock.ts';
import { ensureIndexes } from '../../src/adapters/mongo/indexes.ts';
import { DEADLINES } from '../../src/adapters/smtp/deadlines.ts';
import { makeSimProcess } from '../../src/cli/sim-process.ts';
import type { Timers } from '../../src/core/life-cycle.ts';
import { makeHttpServer } from '../../src/http/server.ts';
import { parseProfile } from '../../src/sim/profile.ts';
import { makeSim } from '../../src/sim/server.ts';
import { start as startDatabase } from '../adapters/mongod/harness.ts';
import { letterTo, quiet, startedPool, YES } from '../adapters/smtp/rig.ts';
import { startScripted } from '../adapters/smtp/scripted-smtp.ts';
import { interleave, REAL, type Subject, type Time } from './interleave.ts';

/** Everything that runs outside the sending half: real sockets, real processes, a real database and the real clock. */

let connection: Connection;
let folder: string;
beforeAll(async () => {
  connection = await connect(inject('mongodbUri'), `cycle_${randomBytes(6).toString('hex')}`);
  await ensureIndexes(connection.db);
  folder = mkdtempSync(join(tmpdir(), 'offpeak-cycle-'));
});
afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The real clock, with the timers of the subject counted. */
function realTime(): Time {
  let pending = 0;
  const timers: Timers = {
    now: systemClock.now,
    after(ms, run) {
      let isSet = true;
      pending += 1;
      const end = () => {
        if (isSet) pending -= 1;
        isSet = false;
      };
      const cancel = systemClock.after(ms, () => {
        end();
        run();
      });
      return () => {
        cancel();
        end();
      };
    },
  };
  return { ...timers, advance: (ms) => sleep(ms), pending: () => pending };
}

/** What keeps the process going: timers, listening sockets, child processes. */
const resources = () =>
  process.getActiveResourcesInfo().filter((name) => /^(?:Timeout|TCPServerWrap|ProcessWrap)$/.test(name));

/** What there is now and was not then. */
function more(before: readonly string[]): readonly string[] {
  const left = [...before];
  return resources().filter((name) => {
    const at = left.indexOf(name);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Whether anybody listens there. */
const isOpen = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connectSocket(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('connect', () => socket.destroy());
    socket.once('error', () => resolve(false));
  });

const PROFILE = { seed: 1, control: { port: 0 }, providers: [{ name: 'alpha' }] };

type Case = {
  readonly times: number;
  /** A library leaves timers behind that nobody can take back. */
  readonly leavesTimers?: true;
  readonly make: (time: Time) => Promise<Subject & { end?(): Promise<void> }>;
};

const CASES: Readonly<Record<string, Case>> = {
  'the permit dispenser': {
    times: 25,
    async make() {
      let done = 0;
      const part = makeDispenser(200);
      const work = async () => {
        done += await part.dispense();
      };
      return { part, work, done: () => done };
    },
  },

  'the time of the database': {
    times: 25,
    async make(time) {
      let done = 0;
      const part = makeDatabaseClock(() => askTime(connection.db), { ...time, steady: () => performance.now() }, quiet);
      const work = async () => {
        done += part.isSure() ? 1 : 0;
      };
      return { part, work, done: () => done };
    },
  },

  'the SMTP sessions of a lane': {
    times: 25,
    async make(time) {
      const server = await startScripted();
      const target = { kind: 'relay', host: '127.0.0.1', port: server.port, secure: false, auth: null } as const;
      const part = await startedPool(
        {
          deadlines: { ...DEADLINES, quitMs: 20_000 },
          resolveMx: async () => ({ kind: 'failed', detail: 'not used' }),
          timers: time,
        },
        target,
        { connections: 2, messagesPerConnection: 3 },
      );
      const work = () => part.send(letterTo('ann@example.com'), YES);
      return { part, work, done: () => server.letters.length, left: () => part.open(), end: () => server.close() };
    },
  },

  'the jobs of Agenda': {
    times: 6,
    // It looks after each job again when half of its lock's lifetime is over, also when the job has ended long before.
    leavesTimers: true,
    async make(time) {
      let done = 0;
      let slice = 0;
      const part = agendaJobs(connection.db, {
        name: randomBytes(4).toString('hex'),
        concurrency: 5,
        timers: time,
        log: quiet,
      });
      part.handle({
        // Some outlast every grace.
        slice: async () => {
          done += 1;
          if (done % 3 === 0) await sleep(150);
        },
        opening: async () => undefined,
      });
      return { part, work: () => part.requestSlice({ campaignId: 'c1', slice: slice++ }), done: () => done };
    },
  },

  'the HTTP server': {
    times: 25,
    async make(time) {
      let done = 0;
      const part = makeHttpServer(
        () => (_req, res) => {
          done += 1;
          setTimeout(() => res.end('done'), 20);
        },
        { host: '127.0.0.1', port: 0, timers: time },
      );
      const work = async () => {
        const url = part.baseUrl();
        if (url) await fetch(url).then((answer) => answer.text());
      };
      return { part, work, done: () => done, left: () => (part.baseUrl() === null ? 0 : 1) };
    },
  },

  'the provider simulator': {
    times: 15,
    async make() {
      const profile = parseProfile({ ...PROFILE, log: join(mkdtempSync(join(folder, 'sim-')), 'sim.jsonl') });
      if (!profile.ok) throw new Error(profile.error.detail);
      const part = makeSim(profile.value);
      let done = 0;
      const work = async () => {
        for (const port of Object.values(part.ports())) if (await isOpen(port)) done += 1;
      };
      const left = () => Object.keys(part.ports()).length + (part.controlPort() === null ? 0 : 1);
      return { part, work, done: () => done, left };
    },
  },

  'the simulator as a process': {
    times: 3,
    async make(time) {
      const file = join(mkdtempSync(join(folder, 'sim-')), 'profile.json');
      writeFileSync(file, JSON.stringify(PROFILE));
      const part = makeSimProcess([process.execPath, '--import', 'tsx', 'src/main.ts', 'sim'], file, time);
      let done = 0;
      const work = async () => {
        await part.setRate('alpha', 5);
        done += 1;
      };
      return { part, work, done: () => done };
    },
  },

  'a database server': {
    times: 2,
    async make() {
      const part = await startDatabase(mkdtempSync(join(folder, 'data-')));
      let done = 0;
      const work = async () => {
        const { db, close } = await connect(part.uri, 'cycle');
        try {
          await db.collection('rows').insertOne({ at: done });
          done += 1;
        } finally {
          await close();
        }
      };
      return { part, work, done: () => done };
    },
  },
};

describe.each(Object.keys(CASES))('%s', (name) => {
  const { times, leavesTimers, make } = CASES[name]!;
  test(`keeps to its contract through ${times} interleavings`, async () => {
    const before = resources();
    // Most of the time is waiting, so they wait together.
    const seeds = Array.from({ length: times }, (_, at) => at + 1);
    await Promise.all(
      seeds.map(async (seed) => {
        const time = realTime();
        const subject = await make(time);
        await interleave(subject, time, seed, REAL).catch((error: unknown) => {
          throw new Error(`seed ${seed}`, { cause: error });
        });
        await subject.end?.();
      }),
    );
    if (!leavesTimers) await expect.poll(() => more(before), { timeout: 5_000 }).toEqual([]);
  }, 120_000);
});
