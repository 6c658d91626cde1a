import { type ChildProcess, fork } from 'node:child_process';
import type { Figures, Job } from './job.ts';

/** Shares the runs between two processes (threads do not inherit the TypeScript loader); figures in the order of the jobs. */

const PROCESSES = 2;

export async function doAll(jobs: readonly Job[]): Promise<Figures[]> {
  const figures: Figures[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(PROCESSES, jobs.length) }, async () => {
      const worker = fork(new URL('./worker.ts', import.meta.url));
      try {
        while (next < jobs.length) {
          const index = next;
          next += 1;
          figures[index] = await answerOf(worker, jobs[index]!);
        }
      } finally {
        worker.kill();
      }
    }),
  );
  return figures;
}

const answerOf = (worker: ChildProcess, job: Job): Promise<Figures> =>
  new Promise((resolve, reject) => {
    const failed = (code: number | null) => reject(new Error(`the run of ${JSON.stringify(job)} ended with ${code}`));
    worker.once('exit', failed);
    worker.once('message', (figures: Figures) => {
      worker.off('exit', failed);
      resolve(figures);
    });
    worker.send(job);
  });
