import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../src/adapters/clock.ts';
import { makeSimProcess, type SimProcess } from '../src/cli/sim-process.ts';
import { csvOf, LETTER } from './bench/letter.ts';
import { residentMb, type Usage, usageOf } from './bench/processes.ts';
import { API, inFolder, OFFPEAK, type Server, startServer } from './bench/product.ts';

/**
 * Letters a second end to end with the ledger on, beside a bare loop against the same server in the same run.
 * Usage: scripts/bench-send [speed] [memory] [throttled]; all three without arguments.
 */

const CONNECTIONS = 20;
const GRACE_MS = 10_000;

type Figures = {
  readonly perSecond: number;
  readonly sender: Usage;
  readonly database: Usage;
  readonly seconds: number;
  /** Memory of the sender while it sent; 0 where it was not looked at. */
  readonly medianMb: number;
};

async function startSink(folder: string, provider: object): Promise<SimProcess> {
  const profile = join(folder, 'profile.json');
  await writeFile(
    profile,
    JSON.stringify({ seed: 1, control: { port: 0 }, providers: [{ name: 'bench', ...provider }] }),
  );
  const sink = makeSimProcess([...OFFPEAK, 'sim'], profile, systemClock);
  await sink.start();
  return sink;
}

/** One campaign from upload to the last row; time counts from the first MAIL to the last acceptance at the server. */
async function campaign({ client, pid, databasePid }: Server, sink: SimProcess, letters: number): Promise<Figures> {
  await client.send('PUT', `${API}/routes/bench`, {
    url: `smtp://127.0.0.1:${sink.ports()['bench']}`,
    connections: CONNECTIONS,
  });
  await client.send('PUT', `${API}/routing`, [{ any: true, route: 'bench' }]);
  const { id } = await client.send<{ id: string }>('POST', `${API}/campaigns`, { name: 'bench', content: LETTER });
  await client.upload(`${API}/campaigns/${id}/imports`, csvOf(letters));
  const before = [usageOf(pid), usageOf(databasePid)] as const;
  const resident: number[] = [];
  const began = Date.now();
  await client.send('POST', `${API}/campaigns/${id}/start`);
  for (;;) {
    const { state, blockedBecause } = await client.get<{ state: string; blockedBecause: string | null }>(
      `${API}/campaigns/${id}/progress`,
    );
    if (state === 'finished') break;
    if (state !== 'running') throw new Error(`the campaign is ${state}: ${blockedBecause}`);
    resident.push(residentMb(pid));
    await sleep(200);
  }
  const seconds = (Date.now() - began) / 1_000;
  const [sender, database] = [since(usageOf(pid), before[0]), since(usageOf(databasePid), before[1])];
  resident.sort((a, b) => a - b);
  const medianMb = resident[Math.floor(resident.length / 2)] ?? 0;
  return { perSecond: letters / seconds, sender, database, seconds, medianMb };
}

const since = (now: Usage, before: Usage): Usage => ({
  cpuSeconds: now.cpuSeconds - before.cpuSeconds,
  peakMb: now.peakMb,
});

async function bareLoop(sink: SimProcess, letters: number): Promise<Figures> {
  const args = [
    '--import',
    'tsx',
    'scripts/bench/bare-loop.ts',
    String(sink.ports()['bench']),
    String(letters),
    String(CONNECTIONS),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const seconds = await sink.summary().then(({ total }) => (total.lastAcceptAt! - total.firstMailAt!) / 1_000);
  const sender = JSON.parse(line) as Usage;
  return { perSecond: letters / seconds, sender, database: { cpuSeconds: 0, peakMb: 0 }, seconds, medianMb: 0 };
}

const us = (cpuSeconds: number, letters: number) => ((cpuSeconds * 1e6) / letters).toFixed(0);

function row(name: string, letters: number, { perSecond, sender, database }: Figures): void {
  const cells = [
    name.padEnd(26),
    perSecond.toFixed(0).padStart(9),
    us(sender.cpuSeconds, letters).padStart(10),
    us(database.cpuSeconds, letters).padStart(12),
    sender.peakMb.toFixed(0).padStart(9),
  ];
  console.log(cells.join(' '));
}

const HEAD = 'sender                     letters/s  sender us  database us  peak MB';

async function speed(acceptMs: number, letters: number, wanted: number): Promise<void> {
  console.log(`\nThe server takes ${acceptMs} ms to accept, ${CONNECTIONS} connections, ${letters} letters\n${HEAD}`);
  const bare = await inFolder(async (folder) => {
    const sink = await startSink(folder, { ratePerSecond: null, latencyMs: { accept: acceptMs } });
    return bareLoop(sink, letters).finally(() => sink.stop(GRACE_MS));
  });
  row('bare loop, no ledger', letters, bare);
  const ours = await inFolder(async (folder) => {
    const sink = await startSink(folder, { ratePerSecond: null, latencyMs: { accept: acceptMs } });
    const server = await startServer(folder, 100_000);
    return campaign(server, sink, letters).finally(async () => {
      await server.stop();
      await sink.stop(GRACE_MS);
    });
  });
  row('Offpeak, ledger on', letters, ours);
  console.log(`ratio ${(ours.perSecond / bare.perSecond).toFixed(2)} (wanted ${wanted})`);
}

async function memory(): Promise<void> {
  console.log(`\nMemory: the same server process, no latency\n${HEAD}`);
  const medians: number[] = [];
  for (const letters of [10_000, 200_000]) {
    await inFolder(async (folder) => {
      const sink = await startSink(folder, { ratePerSecond: null });
      const server = await startServer(folder, 100_000);
      const figures = await campaign(server, sink, letters);
      row(`${letters} recipients`, letters, figures);
      console.log(`${''.padEnd(26)} held while it sent, median: ${figures.medianMb.toFixed(0)} MB`);
      medians.push(figures.medianMb);
      await server.stop();
      await sink.stop(GRACE_MS);
    });
  }
  console.log(`ratio of the medians ${(medians[1]! / medians[0]!).toFixed(2)}`);
}

async function throttled(): Promise<void> {
  const letters = 5_000;
  console.log(
    `\nA provider that takes 100/s with a burst of 20, 421 at MAIL and close: ${letters} letters, ideal 50 s`,
  );
  await inFolder(async (folder) => {
    const sink = await startSink(folder, { ratePerSecond: 100, burst: 20, refuseAt: 'mail' });
    const server = await startServer(folder, 2);
    let refusedBefore = 0;
    for (const [run, wanted] of [
      ['a lane never used before', 1.6],
      ['the rate learned before', 1.15],
    ] as const) {
      const { seconds } = await campaign(server, sink, letters);
      const { total } = await sink.summary();
      const refused = total.refused.total - refusedBefore;
      refusedBefore = total.refused.total;
      const share = (100 * refused) / (letters + refused);
      console.log(
        `${run.padEnd(26)} ${seconds.toFixed(1)} s = ${(seconds / 50).toFixed(2)} x ideal (wanted ${wanted}), ` +
          `${refused} refused = ${share.toFixed(2)} % (wanted 2), ${total.duplicates} twice`,
      );
    }
    await server.stop();
    await sink.stop(GRACE_MS);
  });
}

const asked = process.argv.slice(2);
const isAsked = (name: string) => asked.length === 0 || asked.includes(name);
if (isAsked('speed')) {
  await speed(50, 8_000, 0.95);
  await speed(0, 30_000, 0.7);
}
if (isAsked('throttled')) await throttled();
if (isAsked('memory')) await memory();
