import { type Report, reportOf, type Section } from '../../core/doctor/finding.ts';
import { judgeDirect, judgeRelay, type Knock } from '../../core/doctor/route.ts';
import type { Egress } from '../../core/doctor/spf-judge.ts';
import type { Route, RouteTarget } from '../../core/lanes/routing.ts';
import { providerOfDomain } from '../../core/providers/provider.ts';
import type { CampaignStore } from '../campaigns/ports.ts';
import type { RouteStore } from '../lanes/ports.ts';
import { inspectAddress, withoutAddress } from './address.ts';
import { inspectDomain } from './domain.ts';
import type { Dns, Probe } from './ports.ts';

/** Asks, before anything is sent, whether it could be: the routes, the sender domains, and the address mail leaves from. */

export type DoctorAsk = {
  /** Sender domains in A-labels; null: those of the campaigns that may send. */
  readonly domains: readonly string[] | null;
  readonly selectors: readonly string[];
  readonly egress: readonly Egress[];
};

export type DoctorDeps = {
  readonly campaigns: Pick<CampaignStore, 'inStates'>;
  readonly routes: Pick<RouteStore, 'all'>;
  readonly dns: Dns;
  readonly probe: Probe;
  readonly toAscii: (domain: string) => string | null;
  /** What we call ourselves in EHLO. */
  readonly ehloName: string;
  /** Where MX hosts listen; 25 but for tests. */
  readonly directPort?: number;
};

export type Doctor = (ask: DoctorAsk) => Promise<Report>;

/** Whose MX hosts are there to be knocked at. */
const LANDMARKS = ['gmail.com', 'outlook.com', 'yahoo.com'];

export function makeDoctor(deps: DoctorDeps): Doctor {
  const { campaigns, routes, dns, probe, toAscii, ehloName, directPort = 25 } = deps;

  return async ({ domains, selectors, egress }) => {
    const senders = domains ?? (await sendersOf(campaigns, toAscii));
    const isProven = await proves(dns, senders);
    const context = { dns, selectors, egress, isProven, ehloName };
    const sections = await Promise.all([
      ...(await routes.all()).map(inspectRoute),
      ...senders.map((domain) => inspectDomain(domain, context)),
      ...(egress.length > 0 ? egress.map((one) => inspectAddress(one, context)) : [withoutAddress()]),
    ]);
    return reportOf(sections);
  };

  async function inspectRoute({ name, target }: Route): Promise<Section> {
    const findings = target.kind === 'direct' ? judgeDirect(await knockAround()) : await inspectRelay(target);
    return { kind: 'route', name, findings };
  }

  async function inspectRelay(relay: Extract<RouteTarget, { kind: 'relay' }>) {
    const greeting = await probe.greet(relay);
    const failure = relay.auth && greeting.kind === 'greeted' ? await probe.open(relay) : null;
    return judgeRelay(relay, greeting, failure);
  }

  async function knockAround(): Promise<readonly Knock[]> {
    const knocks = await Promise.all(
      LANDMARKS.map(async (domain) => {
        const mx = await dns.mx(domain);
        if (mx.kind !== 'records') return [];
        const host = mx.records.toSorted((a, b) => a.priority - b.priority)[0]!.exchange;
        const greeting = await probe.greet({ host, port: directPort, secure: false });
        return [{ host, provider: providerOfDomain(domain), greeting }];
      }),
    );
    return knocks.flat();
  }
}

/** Whether the name servers gave any answer that must be true: then their "no" may be believed too. */
async function proves(dns: Dns, domains: readonly string[]): Promise<boolean> {
  const answers = await Promise.all([dns.ns('.'), ...domains.map((domain) => dns.soa(domain))]);
  return answers.some(({ kind }) => kind === 'records');
}

async function sendersOf(campaigns: DoctorDeps['campaigns'], toAscii: DoctorDeps['toAscii']): Promise<string[]> {
  const found = await campaigns.inStates(['draft', 'scheduled', 'running']);
  const domains = found.map(({ content }) => toAscii(content.from.address.split('@').at(-1)!.toLowerCase()));
  return [...new Set(domains.filter((domain) => domain !== null))];
}
