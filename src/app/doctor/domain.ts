import {
  dmarcNames,
  judgeBounces,
  judgeDkim,
  judgeDmarc,
  type MxReach,
  withoutSelectors,
} from '../../core/doctor/domain.ts';
import type { DoctorFinding, Section } from '../../core/doctor/finding.ts';
import { type Egress, judgeSpf } from '../../core/doctor/spf-judge.ts';
import type { Dns } from './ports.ts';
import { readSpf } from './spf.ts';

/** Looks a sender domain's records up. */

export type DomainContext = {
  readonly dns: Dns;
  readonly selectors: readonly string[];
  readonly egress: readonly Egress[];
  readonly isProven: boolean;
};

/** Hosts of an MX whose addresses are looked up. */
const MOST_HOSTS = 5;

export async function inspectDomain(domain: string, context: DomainContext): Promise<Section> {
  const { dns, egress, isProven } = context;
  const [spf, dkim, dmarc, bounces] = await Promise.all([
    readSpf(dns, domain, isProven),
    dkimOf(domain, context),
    Promise.all(dmarcNames(domain).map((name) => dns.txt(name))),
    bouncesOf(domain, context),
  ]);
  const findings = [...judgeSpf(spf, egress), ...dkim, judgeDmarc(domain, dmarc, isProven), bounces];
  return { kind: 'domain', name: domain, findings };
}

async function dkimOf(domain: string, { dns, selectors, isProven }: DomainContext): Promise<readonly DoctorFinding[]> {
  if (selectors.length === 0) return [withoutSelectors(domain)];
  return Promise.all(
    selectors.map(async (selector) =>
      judgeDkim(selector, domain, await dns.txt(`${selector}._domainkey.${domain}`), isProven),
    ),
  );
}

async function bouncesOf(domain: string, { dns, isProven }: DomainContext): Promise<DoctorFinding> {
  const mx = await dns.mx(domain);
  const hosts = mx.kind === 'records' ? mx.records.map(({ exchange }) => exchange).filter((host) => host !== '') : [];
  const reach = await Promise.all(
    hosts.slice(0, MOST_HOSTS).map(async (host): Promise<MxReach> => {
      const [a, aaaa] = await Promise.all([dns.a(host), dns.aaaa(host)]);
      return { host, a, aaaa };
    }),
  );
  return judgeBounces(domain, mx, reach, isProven);
}
