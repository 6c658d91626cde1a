import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeDns } from '../../../src/adapters/dns.ts';
import { makeProbe } from '../../../src/adapters/smtp/probe.ts';
import { type DoctorAsk, makeDoctor } from '../../../src/app/doctor/doctor.ts';
import { exitCode } from '../../../src/cli/doctor.ts';
import type { Campaign } from '../../../src/core/campaigns/campaign.ts';
import type { Report } from '../../../src/core/doctor/finding.ts';
import { parseIp } from '../../../src/core/ip.ts';
import type { Route } from '../../../src/core/lanes/routing.ts';
import { parseProfile } from '../../../src/sim/profile.ts';
import { makeSim, type Sim } from '../../../src/sim/server.ts';
import { type DnsServer, startDns, type Zone } from '../../adapters/dns-server.ts';

/** A whole run: real DNS packets, and servers of the simulator. */

const egress = (text: string) => ({ text, address: parseIp(text)! });
const ASK: DoctorAsk = { domains: ['news.sender.test'], selectors: ['s1'], egress: [egress('192.0.2.7')] };

const GOOD: Zone = {
  '': { NS: ['a.root.test'] },
  'news.sender.test': {
    TXT: ['something else', 'v=spf1 include:spf.relay.test mx -all'],
    MX: [[10, 'mx.sender.test']],
  },
  'spf.relay.test': { TXT: ['v=spf1 ip4:198.51.100.0/24 a:out.relay.test ?all'] },
  'out.relay.test': { A: ['192.0.2.7'] },
  'mx.sender.test': { A: ['192.0.2.1'] },
  's1._domainkey.news.sender.test': { TXT: [`v=DKIM1; p=${'A'.repeat(392)}`] },
  '_dmarc.sender.test': { TXT: ['v=DMARC1; p=none'] },
  '7.2.0.192.in-addr.arpa': { PTR: ['out.relay.test'] },
  '2.0.0.127.zen.spamhaus.org': { A: ['127.0.0.2'] },
  '2.0.0.127.b.barracudacentral.org': { A: ['127.0.0.2'] },
  '2.0.0.127.bl.spamcop.net': { A: ['127.0.0.2'] },
  '2.0.0.127.psbl.surriel.com': { A: ['127.0.0.2'] },
};

let dns: DnsServer;
let sim: Sim | null = null;
beforeEach(async () => {
  dns = await startDns({ ...GOOD });
});
afterEach(async () => {
  await dns.close();
  await sim?.stop(0);
  sim = null;
});

type World = {
  readonly routes?: readonly Route[];
  readonly senders?: readonly string[];
  readonly servers?: string[];
  readonly directPort?: number;
};

function doctor({ routes = [], senders = [], servers = [dns.address], directPort = 25 }: World = {}) {
  const campaigns = senders.map((address) => ({ content: { from: { address } } }) as Campaign);
  return makeDoctor({
    campaigns: { inStates: async (states) => (states.join() === 'draft,scheduled,running' ? campaigns : []) },
    routes: { all: async () => [...routes] },
    dns: makeDns(servers),
    probe: makeProbe('out.relay.test'),
    toAscii: (domain) => domain,
    ehloName: 'out.relay.test',
    directPort,
  });
}

const levels = ({ sections }: Report) =>
  Object.fromEntries(
    sections.map(({ kind, name, findings }) => [
      `${kind} ${name}`,
      Object.fromEntries(findings.map(({ check, level }) => [check, level])),
    ]),
  );

async function simulate(providers: readonly object[]): Promise<Sim> {
  const profile = parseProfile({ providers });
  if (!profile.ok) throw new Error(profile.error.detail);
  sim = makeSim(profile.value);
  await sim.start();
  return sim;
}

const relayRoute = (name: string, port: number): Route => ({
  name,
  target: { kind: 'relay', host: '127.0.0.1', port, secure: false, auth: null },
  connections: 5,
  ratePerSecond: null,
});

test('where everything is as it should be, all is ok', async () => {
  const ports = (await simulate([{ name: 'relay' }])).ports();
  const report = await doctor({ routes: [relayRoute('main', ports['relay']!)] })(ASK);
  expect(levels(report)).toEqual({
    'route main': { greeting: 'ok', tls: 'ok', limits: 'ok' },
    'domain news.sender.test': { spf: 'ok', 'spf covers': 'ok', dkim: 'ok', dmarc: 'ok', mx: 'ok' },
    'address 192.0.2.7': {
      ptr: 'ok',
      'list Spamhaus': 'ok',
      'list Barracuda': 'ok',
      'list SpamCop': 'ok',
      'list PSBL': 'ok',
    },
  });
  expect(report.counts).toEqual({ ok: 13, warn: 0, bad: 0, unknown: 0 });
  expect(exitCode(report)).toBe(0);
});

test('what is wrong is said, and the exit code with it', async () => {
  Object.assign(dns.zone, {
    'news.sender.test': { TXT: ['v=spf1 include:gone.test -all'], MX: [[0, '']] },
    's1._domainkey.news.sender.test': { TXT: ['v=DKIM1; p='] },
    '_dmarc.sender.test': {},
    '7.2.0.192.in-addr.arpa': { PTR: ['elsewhere.test'] },
    '7.2.0.192.zen.spamhaus.org': { A: ['127.0.0.3', '127.0.0.10'] },
    '2.0.0.127.b.barracudacentral.org': 'SERVFAIL',
    '2.0.0.127.bl.spamcop.net': { A: ['127.255.255.254'] },
    '1.0.0.127.psbl.surriel.com': { A: ['127.0.0.2'] },
  } satisfies Zone);
  const report = await doctor()(ASK);
  expect(levels(report)).toEqual({
    'domain news.sender.test': { spf: 'bad', 'spf covers': 'bad', dkim: 'bad', dmarc: 'bad', mx: 'bad' },
    'address 192.0.2.7': {
      ptr: 'bad',
      'list Spamhaus': 'bad',
      'list Barracuda': 'unknown',
      'list SpamCop': 'unknown',
      'list PSBL': 'unknown',
    },
  });
  expect(exitCode(report)).toBe(1);
});

test('a relay that greets with 421 is reported with what that means', async () => {
  const world = await simulate([
    { name: 'down', outages: [{ fromSeconds: 0, seconds: 3_600 }] },
    { name: 'full', maxConnections: 1 },
  ]);
  const ports = world.ports();
  const other = connect(ports['full']!, '127.0.0.1');
  await once(other, 'data');
  const routes = [relayRoute('down', ports['down']!), relayRoute('full', ports['full']!)];
  const report = await doctor({ routes })({ ...ASK, domains: [] });
  other.destroy();
  expect(report.sections.slice(0, 2).map(({ findings }) => findings)).toMatchObject([
    [{ check: 'greeting', level: 'warn', says: expect.stringMatching(/"421 4\.3\.2 .*\(overload: maintenance\)/) }],
    [
      {
        check: 'greeting',
        level: 'warn',
        says: expect.stringMatching(/"421 4\.7\.0 .*\(connections: too_many_connections\)/),
      },
    ],
  ]);
});

test('the domains are those of campaigns that may send, each once', async () => {
  const senders = ['a@News.Sender.Test', 'b@news.sender.test', 'c@other.test'];
  const report = await doctor({ senders })({ ...ASK, domains: null });
  expect(report.sections.map(({ name }) => name)).toEqual(['news.sender.test', 'other.test', '192.0.2.7']);
});

test('SPF is followed and counted, with a little more than is allowed', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `s${index}.test`);
  for (const [index, name] of names.entries()) dns.zone[name] = { TXT: [`v=spf1 include:s${index + 1}.test -all`] };
  dns.zone['news.sender.test'] = { TXT: ['v=spf1 a:out.relay.test include:s0.test -all'] };
  const report = await doctor()(ASK);
  expect(report.sections[0]?.findings.slice(0, 2)).toMatchObject([
    { level: 'bad', says: expect.stringMatching(/costs 3\d DNS look-ups/) },
    { level: 'ok' },
  ]);
  expect(dns.asked.filter((one) => /^TXT s\d+\.test$/.test(one)).length).toBeLessThan(35);
});

test('names in an SPF record that lead nowhere are counted', async () => {
  dns.zone['news.sender.test'] = { TXT: ['v=spf1 a:g1.test a:g2.test mx:g3.test ip4:192.0.2.7 -all'] };
  const report = await doctor()({ ...ASK, egress: [] });
  expect(report.sections[0]?.findings[0]).toMatchObject({ level: 'warn', says: expect.stringMatching(/^3 names/) });
});

test('an SPF record that includes itself ends', async () => {
  dns.zone['news.sender.test'] = { TXT: ['v=spf1 include:spf.relay.test -all'] };
  dns.zone['spf.relay.test'] = { TXT: ['v=spf1 include:News.Sender.test -all'] };
  const report = await doctor()(ASK);
  expect(report.sections[0]?.findings[0]).toMatchObject({ level: 'bad', says: expect.stringContaining('itself') });
});

describe('nothing is claimed without an answer', () => {
  const ROUTES: readonly Route[] = [{ name: 'mx', target: { kind: 'direct' }, connections: 5, ratePerSecond: null }];
  const dnsLevels = (report: Report) =>
    new Set(report.sections.flatMap(({ findings }) => findings.map(({ level }) => level)));

  test('where no name server can be reached', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    await new Promise<void>((done) => socket.close(() => done()));
    const report = await doctor({ routes: ROUTES, servers: [`127.0.0.1:${port}`] })(ASK);
    expect(report.counts).toEqual({
      ok: 0,
      warn: 0,
      bad: 0,
      unknown: report.sections.flatMap((one) => one.findings).length,
    });
    expect(report.counts.unknown).toBeGreaterThan(9);
    expect(exitCode(report)).toBe(3);
  });

  test('where the name server says no to everything', async () => {
    for (const name of Object.keys(dns.zone)) delete dns.zone[name];
    expect(dnsLevels(await doctor({ routes: ROUTES })(ASK))).toEqual(new Set(['unknown']));
  });

  test.each(['SERVFAIL', 'REFUSED'] as const)('where the name server answers %s', async (answer) => {
    for (const name of Object.keys(dns.zone)) if (name !== '') dns.zone[name] = answer;
    const report = await doctor()(ASK);
    expect(report.counts).toMatchObject({ ok: 0 });
    const [domain] = report.sections;
    const known = domain!.findings.filter(({ level }) => level !== 'unknown').map(({ check }) => check);
    expect(known).toEqual([]);
  });

  test('neither address nor selector', async () => {
    const report = await doctor()({ ...ASK, selectors: [], egress: [] });
    expect(levels(report)).toMatchObject({
      'domain news.sender.test': { spf: 'ok', 'spf covers': 'unknown', dkim: 'unknown' },
      'address not known': { ptr: 'unknown', lists: 'unknown' },
    });
  });
});

test('straight to the MX: port 25 is open when somebody answers there', async () => {
  const ports = (await simulate([{ name: 'gmail' }])).ports();
  dns.zone['gmail.com'] = {
    MX: [
      [20, 'alt.gmail.test'],
      [5, 'localhost'],
    ],
  };
  const routes: readonly Route[] = [{ name: 'mx', target: { kind: 'direct' }, connections: 5, ratePerSecond: null }];
  const report = await doctor({ routes, directPort: ports['gmail']! })(ASK);
  expect(report.sections[0]?.findings).toMatchObject([
    { check: 'port 25', level: 'ok', says: 'Open: localhost answered.' },
  ]);
});
