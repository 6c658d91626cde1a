import { doJob, type Job } from './job.ts';

/** A process of its own: does one run after the other for workers.ts. */
process.on('message', (job: Job) => process.send!(doJob(job)));
