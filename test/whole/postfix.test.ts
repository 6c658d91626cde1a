import { expect, inject, test } from 'vitest';
import { postfixUser, startPostfix } from './postfix.ts';
import {
  act,
  closedAfterEach,
  ledgerOf,
  newCampaign,
  newDatabaseName,
  people,
  scratch,
  startProduct,
  untilFinished,
} from './product.ts';

/** Not the simulator's idea of a limit but that of a mail server in use everywhere. */

const closers = closedAfterEach();
const user = await postfixUser();

type Decisions = { readonly items: readonly { action: string; connections: number; reply: string | null }[] };
type Lane = { readonly connections: { readonly limit: number } };

test.skipIf(user === null)(
  'within the client limits of a real Postfix every letter arrives, once',
  {
    timeout: 600_000,
  },
  async () => {
    const folder = await scratch(closers);
    const postfix = await startPostfix(folder, user!, [
      'smtpd_client_connection_count_limit = 3',
      'smtpd_client_message_rate_limit = 60',
      'smtpd_client_connection_rate_limit = 40',
      'anvil_rate_time_unit = 6s',
    ]);
    closers.push(postfix.stop);
    const product = await startProduct({
      MONGODB_URI: inject('mongodbUri'),
      OFFPEAK_DATABASE: newDatabaseName(),
      OFFPEAK_DATA_DIR: `${folder}/data`,
    });
    closers.push(() => product.end('SIGKILL'));
    const { client } = product;
    const url = `smtp://127.0.0.1:${postfix.port}`;
    await client.send('PUT', '/api/v1/routes/postfix', { url, connections: 8 });
    await client.send('PUT', '/api/v1/routing', [{ any: true, route: 'postfix' }]);
    const { id } = await newCampaign(client, people({ 'gmail.com': 900 }));
    const begun = Date.now();
    await act(client, id, 'start');
    expect(await untilFinished(client, id)).toMatchObject({ state: 'finished', total: 900 });
    const seconds = (Date.now() - begun) / 1_000;

    const ledger = await ledgerOf(client, id);
    expect(ledger.every(({ state }) => state === 'sent')).toBe(true);
    const delivered = await postfix.delivered();
    expect(delivered).toHaveLength(900);
    expect(new Set(delivered).size, 'no letter came twice').toBe(900);

    const lane = await client.get<Lane>('/api/v1/lanes/postfix:gmail');
    expect(lane.connections.limit, 'sessions that it allows').toBeLessThanOrEqual(4);
    const decisions = await client.get<Decisions>('/api/v1/lanes/postfix:gmail/decisions?limit=500');
    const words = decisions.items.map(({ reply }) => reply ?? '').join('\n');
    expect(words).toMatch(/421 4\.7\.0 .*too many connections|450 4\.7\.1 .*too much mail/);
    // At 60 letters per 6 s it is 90 s; this asks for no more than that it did not give up.
    expect(900 / 10 / seconds, `${seconds.toFixed(0)} s for what can be done in 90`).toBeGreaterThan(0.4);
  },
);
