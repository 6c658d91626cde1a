import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LifeCycle, Timers } from '../core/life-cycle.ts';
import { type Client, makeClient } from './client.ts';
import { plainLine, screen, type View } from './screen.ts';
import { makeSimProcess, type SimProcess, type SimTotals } from './sim-process.ts';
import { type Check, checkSums, type ImportSums } from './sums.ts';

/** The product, shown: a campaign of 20,000 letters against three simulated providers, one of which loses its capacity. */

export type DemoOptions = {
  readonly baseUrl: string;
  readonly key: string;
  /** Holds profile.json, recipients.csv and expected.json. */
  readonly folder: string;
  readonly simCommand: readonly string[];
  readonly json: boolean;
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
  readonly say: (line: string) => void;
  readonly stopped: Promise<void>;
  /** What the simulator is laid on, so that it is stopped with everything. */
  readonly stack: { lay(name: string, part: LifeCycle): Promise<void> };
  readonly timers: Timers;
};

type Lane = {
  readonly id: string;
  readonly route: string;
  readonly state: string;
  readonly ratePerSecond: number;
  readonly realPerSecond: number;
  readonly throttledShare: number;
  readonly waiting: number;
};
type Progress = {
  readonly state: string;
  readonly phase: string | null;
  readonly total: number;
  readonly counts: Readonly<Record<string, number>>;
};
type Expected = { readonly records: number; readonly duplicate: number; readonly rejected: number };

const API = '/api/v1';
const EVERY_MS = 1_000;
const PLAIN_EVERY = 5;
const ENDED = new Set(['finished', 'cancelled', 'blocked']);

/** Answers the exit code: 0 only when CSV, ledger and simulator agree. */
export async function demo(options: DemoOptions): Promise<number> {
  const client = makeClient(options.baseUrl, options.key);
  const sim = makeSimProcess(options.simCommand, `${options.folder}/profile.json`, options.timers);
  await options.stack.lay('simulator', sim);
  await routeTo(client, sim);
  const began = Date.now();
  const { id, imported } = await prepare(client, options);
  const progress = await watch(client, id, Object.keys(sim.ports()), options);
  if (!progress) return 130;
  const file = JSON.parse(await readFile(`${options.folder}/expected.json`, 'utf8')) as Expected;
  const summary = await sim.summary();
  const checks = checkSums(file, imported, progress.counts, summary.total);
  const agrees = progress.state === 'finished' && checks.every((check) => check.agrees);
  report({ options, progress, imported, summary, checks, agrees, seconds: (Date.now() - began) / 1_000 });
  return agrees ? 0 : 1;
}

async function routeTo(client: Client, sim: SimProcess): Promise<void> {
  const ports = sim.ports();
  for (const [name, port] of Object.entries(ports)) {
    await client.send('PUT', `${API}/routes/${name}`, { url: `smtp://127.0.0.1:${port}`, connections: 10 });
  }
  const rules = Object.keys(ports).map((name) => ({ domain: `${name}.example`, route: name }));
  await client.send('PUT', `${API}/routing`, rules);
}

async function prepare(client: Client, { folder, say }: DemoOptions) {
  const campaign = await client.send<{ id: string }>('POST', `${API}/campaigns`, {
    name: 'Offpeak demo',
    template: 'newsletter',
    content: { from: { address: 'news@sender.example', name: 'Offpeak demo' } },
  });
  say('Uploading 20,000 rows ...');
  const csv = Readable.toWeb(createReadStream(`${folder}/recipients.csv`)) as ReadableStream<Uint8Array>;
  const imported = await client.upload<ImportSums>(`${API}/campaigns/${campaign.id}/imports`, csv);
  // Open around the clock, so that the demo runs at any hour; real windows are as easy to name.
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  const windows = [{ days, from: '00:00', until: '24:00', zone: 'Europe/Berlin' }];
  await client.send('PUT', `${API}/campaigns/${campaign.id}/schedule`, { windows });
  return { id: campaign.id, imported };
}

/** Draws until the campaign ends; null when a person stopped it. */
async function watch(client: Client, id: string, routes: readonly string[], options: DemoOptions) {
  const began = Date.now();
  const histories = new Map<string, number[]>();
  let drawn = 0;
  let stopped = false;
  void options.stopped.then(() => {
    stopped = true;
  });
  for (let turn = 0; !stopped; turn++) {
    const [progress, lanes] = await Promise.all([
      client.get<Progress>(`${API}/campaigns/${id}/progress`),
      client.get<{ items: Lane[] }>(`${API}/lanes`),
    ]);
    const view = viewOf(
      progress,
      lanes.items.filter((lane) => routes.includes(lane.route)),
      histories,
      Date.now() - began,
    );
    if (options.isTerminal) drawn = redraw(options.write, screen(view), drawn);
    else if (!options.json && turn % PLAIN_EVERY === 0) options.write(`${plainLine(view)}\n`);
    if (ENDED.has(progress.state)) return progress;
    await Promise.race([sleep(EVERY_MS), options.stopped]);
  }
  return null;
}

function viewOf(progress: Progress, lanes: readonly Lane[], histories: Map<string, number[]>, elapsedMs: number): View {
  return {
    elapsedSeconds: elapsedMs / 1_000,
    campaign: 'Offpeak demo',
    ...progress,
    lanes: lanes.map((lane) => {
      const history = histories.get(lane.id) ?? [];
      histories.set(lane.id, [...history, lane.realPerSecond].slice(-60));
      const { id, state, throttledShare, waiting } = lane;
      return { id, state, throttledShare, waiting, allowed: lane.ratePerSecond, real: lane.realPerSecond, history };
    }),
  };
}

/** Over the lines drawn before; answers how many are there now. */
function redraw(write: (text: string) => void, lines: readonly string[], before: number): number {
  const up = before > 0 ? `\u001b[${before}A` : '';
  write(`${up}${lines.map((line) => `\u001b[2K${line}\n`).join('')}\u001b[J`);
  return lines.length;
}

type Report = {
  readonly options: DemoOptions;
  readonly progress: Progress;
  readonly imported: ImportSums;
  readonly summary: SimTotals;
  readonly checks: readonly Check[];
  readonly agrees: boolean;
  readonly seconds: number;
};

function report({ options, progress, imported, summary, checks, agrees, seconds }: Report): void {
  const { records, accepted, duplicate, suppressed, rejected } = imported;
  const csv = { records, accepted, duplicate, suppressed, rejected };
  if (options.json) {
    const whole = { agrees, state: progress.state, seconds, csv, ledger: progress.counts, simulator: summary, checks };
    options.write(`${JSON.stringify(whole)}\n`);
    return;
  }
  const { total } = summary;
  const lines = [
    '',
    `${progress.state} after ${seconds.toFixed(0)} s`,
    `CSV        ${records} records: ${accepted} accepted, ${duplicate} duplicate, ${suppressed} suppressed, ${rejected} rejected`,
    `ledger     ${Object.entries(progress.counts)
      .flatMap(([state, count]) => (count > 0 ? `${count} ${state}` : []))
      .join(', ')}`,
    `simulator  ${total.accepted} accepted, ${total.unique} of them unique, ${total.duplicates} twice; ${total.refused.total} refused`,
    '',
    ...checks.map((check) => `${check.agrees ? 'ok   ' : 'WRONG'} ${check.name}: ${check.left} = ${check.right}`),
    '',
  ];
  options.write(`${lines.join('\n')}\n`);
}
