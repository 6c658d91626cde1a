import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { postfixUser, startPostfix } from './postfix.ts';
import {
  act,
  closedAfterEach,
  ledgerOf,
  newCampaign,
  newDatabaseName,
  people,
  progressOf,
  scratch,
  startProduct,
  until,
  untilFinished,
} from './product.ts';

/** Not the simulator's idea of a limit but that of a mail server in use everywhere. */

const closers = closedAfterEach();
const user = await postfixUser();

type Decisions = { readonly items: readonly { action: string; reply: string | null }[] };
type Lane = { readonly connections: { readonly limit: number } };

/** One is fast and counts letters, the other is slow and counts sessions. */
const SETTINGS = {
  paced: ['smtpd_client_message_rate_limit = 60', 'anvil_rate_time_unit = 6s'],
  crowded: ['smtpd_client_connection_count_limit = 3', 'smtpd_data_restrictions = sleep 1'],
};

test.skipIf(user === null)(
  'within the client limits of a real Postfix every letter arrives, once',
  {
    timeout: 600_000,
  },
  async () => {
    const folder = await scratch(closers);
    const product = await startProduct({
      MONGODB_URI: inject('mongodbUri'),
      OFFPEAK_DATABASE: newDatabaseName(),
      OFFPEAK_DATA_DIR: `${folder}/data`,
    });
    closers.push(() => product.end('SIGKILL'));
    const { client } = product;
    const servers = await Promise.all(
      Object.entries(SETTINGS).map(async ([name, settings]) => {
        const server = await startPostfix(folder, name, user!, settings);
        closers.push(server.stop);
        await client.send('PUT', `/api/v1/routes/${name}`, { url: `smtp://127.0.0.1:${server.port}`, connections: 8 });
        return server;
      }),
    );
    await client.send('PUT', '/api/v1/routing', [
      { provider: 'gmail', route: 'paced' },
      { provider: 'yahoo', route: 'crowded' },
    ]);
    const { id } = await newCampaign(client, people({ 'gmail.com': 600, 'yahoo.com': 120 }));
    await act(client, id, 'start');
    expect(await untilFinished(client, id)).toMatchObject({ state: 'finished', total: 720 });

    const ledger = await ledgerOf(client, id);
    expect(ledger.filter(({ state }) => state !== 'sent')).toEqual([]);
    const delivered = (await Promise.all(servers.map((server) => server.delivered()))).flat();
    expect(delivered).toHaveLength(720);
    expect(new Set(delivered).size, 'no letter came twice').toBe(720);

    const words = async (lane: string) => {
      const { items } = await client.get<Decisions>(`/api/v1/lanes/${lane}/decisions?limit=500`);
      return items.map(({ action, reply }) => `${action} ${reply}`).join('\n');
    };
    expect(await words('paced:gmail')).toMatch(/brake 450 4\.7\.1 .*too much mail/);
    expect(await words('crowded:yahoo')).toMatch(/connections 421 4\.7\.0 .*too many connections/);
    const crowded = await client.get<Lane>('/api/v1/lanes/crowded:yahoo');
    expect(crowded.connections.limit, 'sessions that it allows').toBe(3);
    const [paced, slow] = await Promise.all(servers.map((server) => server.limitsHit()));
    expect(paced, 'letters refused of 600').toBeLessThanOrEqual(60);
    expect(slow, 'sessions refused').toBeLessThanOrEqual(20);
  },
);

test.skipIf(user === null)(
  'a real Postfix that goes down in the middle loses nobody, gets nobody twice, and costs no pace',
  { timeout: 600_000 },
  async () => {
    const folder = await scratch(closers);
    const product = await startProduct({
      MONGODB_URI: inject('mongodbUri'),
      OFFPEAK_DATABASE: newDatabaseName(),
      OFFPEAK_DATA_DIR: `${folder}/data`,
      OFFPEAK_START_RATE: '20',
    });
    closers.push(() => product.end('SIGKILL'));
    const { client } = product;
    // A second for each letter, so that many are under way when it goes.
    const server = await startPostfix(folder, 'restarted', user!, ['smtpd_data_restrictions = sleep 1']);
    closers.push(server.stop);
    await client.send('PUT', '/api/v1/routes/relay', { url: `smtp://127.0.0.1:${server.port}`, connections: 20 });
    await client.send('PUT', '/api/v1/routing', [{ any: true, route: 'relay' }]);
    const { id } = await newCampaign(client, people({ 'down.example': 500 }));
    await act(client, id, 'start');
    const lane = () => client.get<{ ratePerSecond: number }>('/api/v1/lanes/relay:other');
    await until(
      'two hundred letters',
      () => progressOf(client, id),
      ({ counts }) => counts['sent']! >= 200,
    );
    const { ratePerSecond } = await lane();
    await server.stop();
    await sleep(7_000);
    await server.start();
    const { counts } = await untilFinished(client, id);
    expect(counts).toMatchObject({ bounced: 0, expired: 0 });
    // It may go after a body and before its answer: then nobody knows, and nobody asks twice (RFC 1047).
    const { sent = 0, uncertain = 0 } = counts;
    expect(sent + uncertain).toBe(500);
    expect(uncertain).toBeLessThanOrEqual(20);
    const delivered = await server.delivered();
    expect(delivered.length, 'nobody is lost').toBeGreaterThanOrEqual(sent);
    expect(new Set(delivered).size, 'no letter came twice').toBe(delivered.length);
    expect((await lane()).ratePerSecond).toBeGreaterThanOrEqual(ratePerSecond);
  },
);
