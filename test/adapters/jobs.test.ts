import { randomBytes } from 'node:crypto';
import { expect, inject, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { agendaJobs } from '../../src/adapters/jobs.ts';
import { connect } from '../../src/adapters/mongo/client.ts';
import { ensureIndexes } from '../../src/adapters/mongo/indexes.ts';
import { sleep } from '../../src/app/sleep.ts';
import { quiet } from './smtp/rig.ts';

const NEVER = new AbortController().signal;

test('a stop ends when the jobs that run have ended, not when its grace is over', async () => {
  const connection = await connect(inject('mongodbUri'), `jobs_${randomBytes(6).toString('hex')}`);
  onTestFinished(async () => {
    await connection.db.dropDatabase();
    await connection.close();
  });
  await ensureIndexes(connection.db);
  const jobs = agendaJobs(connection.db, { name: 'w', concurrency: 5, timers: systemClock, log: quiet });
  const job = { began: 0, ended: 0 };
  jobs.handle({
    async slice() {
      job.began = Date.now();
      await sleep(systemClock, 1_500, NEVER);
      job.ended = Date.now();
    },
    opening: async () => undefined,
  });
  await jobs.start();
  await jobs.requestSlice({ campaignId: 'c', slice: 0 });
  while (job.began === 0) await sleep(systemClock, 20, NEVER);
  await jobs.stop(25_000);
  expect(job.ended, 'the job was not cut').toBeGreaterThan(0);
  expect(Date.now() - job.ended, 'a grace of 25 s was not waited for').toBeLessThan(10_000);
});
