import { randomBytes } from 'node:crypto';
import { expect, inject, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { agendaJobs } from '../../src/adapters/jobs.ts';
import { connect } from '../../src/adapters/mongo/client.ts';
import { ensureIndexes } from '../../src/adapters/mongo/indexes.ts';
import type { Log } from '../../src/app/ports.ts';
import type { JobHandlers, JobRunner } from '../../src/app/sending/ports.ts';
import { sleep } from '../../src/app/sleep.ts';
import { quiet } from './smtp/rig.ts';

const NEVER = new AbortController().signal;

async function workersOver(names: readonly string[], handle: JobHandlers, log: Log) {
  const connection = await connect(inject('mongodbUri'), `jobs_${randomBytes(6).toString('hex')}`);
  onTestFinished(async () => {
    await connection.db.dropDatabase();
    await connection.close();
  });
  await ensureIndexes(connection.db);
  return names.map((name) => {
    const jobs = agendaJobs(connection.db, { name, concurrency: 5, timers: systemClock, log });
    jobs.handle(handle);
    return jobs;
  });
}

test('a job that is asked for again while it runs, here or there, complains of nothing and runs again', async () => {
  const complaints: unknown[] = [];
  const log: Log = {
    ...quiet,
    warn: (...words) => void complaints.push(words),
    error: (...words) => void complaints.push(words),
  };
  let runs = 0;
  const opening = async () => {
    runs += 1;
    await sleep(systemClock, 300, NEVER);
  };
  const workers = await workersOver(['a', 'b'], { slice: async () => undefined, opening }, log);
  for (const jobs of workers) await jobs.start();
  const until = Date.now() + 6_000;
  while (Date.now() < until) {
    await Promise.all(workers.map((jobs) => jobs.requestOpening('c', new Date())));
    await sleep(systemClock, 90, NEVER);
  }
  for (const jobs of workers) await jobs.stop(5_000);
  expect(complaints).toEqual([]);
  expect(runs).toBeGreaterThan(2);
});

test('a stop ends when the jobs that run have ended, not when its grace is over', async () => {
  const job = { began: 0, ended: 0 };
  const slice = async () => {
    job.began = Date.now();
    await sleep(systemClock, 1_500, NEVER);
    job.ended = Date.now();
  };
  const [jobs] = (await workersOver(['w'], { slice, opening: async () => undefined }, quiet)) as [JobRunner];
  await jobs.start();
  await jobs.requestSlice({ campaignId: 'c', slice: 0 });
  while (job.began === 0) await sleep(systemClock, 20, NEVER);
  await jobs.stop(25_000);
  expect(job.ended, 'the job was not cut').toBeGreaterThan(0);
  expect(Date.now() - job.ended, 'a grace of 25 s was not waited for').toBeLessThan(10_000);
});
