import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda, InMemoryNotificationChannel, type Job } from 'agenda';
import type { Db } from 'mongodb';
import type { Log } from '../app/ports.ts';
import type { Jobs, SliceJob } from '../app/sending/ports.ts';

/** Agenda as an alarm clock. It owns nothing: leases in our own collections say who works on what. */

const COLLECTION = 'agendaJobs';
const LOCK_MS = 60_000;
const TOUCH_MS = 15_000;
/** A worker asks for slices of its own lanes only, under a name of its own: nobody else could work on them. */
const SLICE = 'slice of ';

export type JobHandlers = {
  /** Works on a slice for a bounded time. */
  readonly slice: (job: SliceJob) => Promise<void>;
  /** Looks at the campaigns: a window opens. */
  readonly opening: (campaignId: string) => Promise<void>;
};

export type JobRunner = Jobs & {
  start(handlers: JobHandlers): Promise<void>;
  /** Drops what workers asked of themselves that are no longer alive. */
  forgetOthers(alive: readonly string[]): Promise<void>;
  /** Takes no new job and waits for those that run. */
  drain(timeoutMs: number): Promise<void>;
};

export function agendaJobs(db: Db, options: { name: string; concurrency: number; log: Log }): JobRunner {
  const { log } = options;
  const sliceName = SLICE + options.name;
  const agenda = new Agenda({
    backend: new MongoBackend({ mongo: db, collection: COLLECTION, ensureIndex: false }),
    name: options.name,
    // A number: a text such as '200 milliseconds' is not understood, and no job would run.
    processEvery: 1_000,
    // Equal limits: what is locked also runs, so a stop leaves no locks behind.
    defaultConcurrency: options.concurrency,
    defaultLockLimit: options.concurrency,
    maxConcurrency: options.concurrency,
    defaultLockLifetime: LOCK_MS,
    removeOnComplete: true,
    notificationChannel: new InMemoryNotificationChannel(),
  });
  agenda.on('error', (error: unknown) => log.warn('jobs error', { reason: String(error) }));
  agenda.on('fail', (error: unknown, job: Job<unknown>) =>
    log.warn('job failed', { job: job.attrs.name, reason: error instanceof Error ? error.stack : String(error) }),
  );

  async function keepLocked(job: Job<unknown>, work: Promise<void>): Promise<void> {
    const touch = setInterval(
      () => void job.touch().catch((error: unknown) => log.warn('job not touched', { reason: String(error) })),
      TOUCH_MS,
    );
    await work.finally(() => clearInterval(touch));
  }

  /** A job that another run of ours left locked would only be seen again when its lock ends, so it is replaced. */
  async function request(name: string, data: object, at: Date): Promise<void> {
    await agenda.cancel({ name, data });
    const unique = Object.fromEntries(Object.entries(data).map(([key, value]) => [`data.${key}`, value]));
    await agenda.create(name, data).unique(unique).schedule(at).save();
  }

  return {
    requestSlice: ({ campaignId, slice }) => request(sliceName, { campaignId, slice }, new Date()),
    requestOpening: (campaignId, at) => request('opening', { campaignId }, at),

    async start(handlers) {
      // Handlers declare one parameter: two would mean callback style to Agenda.
      agenda.define<SliceJob>(sliceName, (job) => keepLocked(job, handlers.slice(job.attrs.data)));
      agenda.define<{ campaignId: string }>('opening', (job) =>
        keepLocked(job, handlers.opening(job.attrs.data.campaignId)),
      );
      await agenda.start();
    },

    async forgetOthers(alive) {
      const names = alive.map((worker) => SLICE + worker);
      await db.collection(COLLECTION).deleteMany({ name: { $regex: `^${SLICE}`, $nin: names } });
    },

    async drain(timeoutMs) {
      await agenda.drain({ timeout: timeoutMs, closeConnection: false });
    },
  };
}
