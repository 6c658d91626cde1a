import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda, InMemoryNotificationChannel, type Job } from 'agenda';
import type { Db } from 'mongodb';
import type { Log } from '../app/ports.ts';
import type { JobHandlers, JobRunner, SliceJob } from '../app/sending/ports.ts';
import { makeLifeCycle, onAbort, orUntil, type Timers } from '../core/life-cycle.ts';

/** Agenda as an alarm clock. It owns nothing: leases in our own collections say who works on what. */

const COLLECTION = 'agendaJobs';
const LOCK_MS = 60_000;
const TOUCH_MS = 15_000;
/**
 * A worker asks under names of its own: of slices of its own lanes, on which nobody else could work, and of openings,
 * which every worker wants to know of and whose wishes would get into each other's way.
 */
const SLICE = 'slice of ';
const OPENING = 'opening of ';

/** How an agenda is set up, and for whom. */
type Options = { readonly name: string; readonly concurrency: number; readonly timers: Timers; readonly log: Log };

export function agendaJobs(db: Db, options: Options): JobRunner {
  const { log, timers } = options;
  const [sliceName, openingName] = [SLICE + options.name, OPENING + options.name];
  /** Null while stopped. */
  let agenda: Agenda | null = null;
  let handlers: JobHandlers | null = null;
  const touches = new Set<NodeJS.Timeout>();
  const works = new Set<Promise<void>>();

  async function keepLocked(job: Job<unknown>, work: Promise<void>): Promise<void> {
    const touch = setInterval(
      () => void job.touch().catch((error: unknown) => log.warn('job not touched', { reason: String(error) })),
      TOUCH_MS,
    );
    touches.add(touch);
    const done = work.finally(() => {
      clearInterval(touch);
      touches.delete(touch);
      works.delete(done);
    });
    works.add(done);
    await done;
  }

  /** A job that another run of ours left locked would only be seen again when its lock ends, so it is replaced. */
  async function request(name: string, data: object, at: Date): Promise<void> {
    // What is asked for meanwhile is asked for again: running a job twice is harmless, losing one costs a minute.
    const current = agenda;
    if (!current) return;
    await current.cancel({ name, data });
    const unique = Object.fromEntries(Object.entries(data).map(([key, value]) => [`data.${key}`, value]));
    await current.create(name, data).unique(unique).schedule(at).save();
  }

  const cycle = makeLifeCycle(timers, {
    async begin() {
      if (!handlers) throw new Error('nobody handles the jobs');
      const { slice, opening } = handlers;
      const next = makeAgenda(db, options);
      // Handlers declare one parameter: two would mean callback style to Agenda.
      next.define<SliceJob>(sliceName, (job) => keepLocked(job, slice(job.attrs.data)));
      next.define<{ campaignId: string }>(openingName, (job) => keepLocked(job, opening(job.attrs.data.campaignId)));
      await next.start();
      agenda = next;
    },
    async end(over) {
      const last = agenda!;
      agenda = null;
      // It takes nothing new. When our work is over we know better than Agenda, which looks for it before it has taken
      // the job from its list, and would wait the whole grace.
      const enough = new AbortController();
      const forget = onAbort(over, () => enough.abort());
      const drained = last.drain({ signal: enough.signal, closeConnection: false });
      await orUntil(over, Promise.allSettled([...works]));
      enough.abort();
      await orUntil(over, drained);
      forget();
      for (const touch of touches) clearInterval(touch);
      touches.clear();
    },
  });

  return {
    ...cycle,
    handle(given) {
      handlers = given;
    },
    // Now, by the clock that Agenda goes by: the machine's. It only wakes; what may start, the handler decides.
    requestSlice: ({ campaignId, slice }) => request(sliceName, { campaignId, slice }, new Date()),
    requestOpening: (campaignId, at) => request(openingName, { campaignId }, at),

    async forgetOthers(alive) {
      const names = alive.flatMap((worker) => [SLICE + worker, OPENING + worker]);
      await db.collection(COLLECTION).deleteMany({ name: { $nin: names } });
    },
  };
}

function makeAgenda(db: Db, { name, concurrency, log }: Options): Agenda {
  const agenda = new Agenda({
    backend: new MongoBackend({ mongo: db, collection: COLLECTION, ensureIndex: false }),
    name,
    // A number: a text such as '200 milliseconds' is not understood, and no job would run.
    processEvery: 1_000,
    // Equal limits: what is locked also runs, so a stop leaves no locks behind.
    defaultConcurrency: concurrency,
    defaultLockLimit: concurrency,
    maxConcurrency: concurrency,
    defaultLockLifetime: LOCK_MS,
    removeOnComplete: true,
    notificationChannel: new InMemoryNotificationChannel(),
  });
  agenda.on('error', (error: unknown) => log.warn('jobs error', { reason: String(error) }));
  agenda.on('fail', (error: unknown, job: Job<unknown>) =>
    log.warn('job failed', { job: job.attrs.name, reason: error instanceof Error ? error.stack : String(error) }),
  );
  return agenda;
}
