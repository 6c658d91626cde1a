import type { DnsAnswer } from '../../core/doctor/answer.ts';
import { told } from '../../core/doctor/answer.ts';
import {
  isLookup,
  isSpf,
  MOST_LOOKUPS,
  parseSpf,
  type SpfRecord,
  type SpfTerm,
  termsRead,
} from '../../core/doctor/spf.ts';
import type { SpfAnswers } from '../../core/doctor/spf-judge.ts';
import type { SpfNode } from '../../core/doctor/spf-match.ts';
import { type Ip, parseIp } from '../../core/ip.ts';
import type { Dns } from './ports.ts';

/**
 * Reads an SPF record with all that it includes. Our own: mailauth, the library that comes nearest, brings ten packages (a
 * second nodemailer among them) for a newer Node, and answers for one address rather than count every look-up.
 */

/** Past the limit a little further, so that a person sees by how much it is missed. */
const GIVE_UP = 3 * MOST_LOOKUPS;
/** Hosts of one `mx` term: RFC 7208 4.6.4. */
const MOST_MX = 10;

export async function readSpf(dns: Dns, domain: string, isProven: boolean): Promise<SpfAnswers> {
  let lookups = 0;
  let voids = 0;

  async function ask<T>(question: Promise<DnsAnswer<T>>): Promise<DnsAnswer<T>> {
    const answer = await question;
    if (answer.kind === 'none' || answer.kind === 'noDomain') voids += 1;
    return answer;
  }

  const leaf = (of: string, read: SpfNode['read']): SpfNode => ({
    domain: of,
    read,
    children: new Map(),
    hosts: new Map(),
  });

  async function node(of: string, answer: DnsAnswer<string>, path: readonly string[]): Promise<SpfNode> {
    const texts = told(answer, isProven);
    if (!texts.isKnown) return leaf(of, { kind: 'unread', why: texts.why });
    const [text, ...more] = texts.records.filter(isSpf);
    if (text === undefined) return leaf(of, { kind: 'missing' });
    if (more.length > 0) return leaf(of, { kind: 'several' });
    const parsed = parseSpf(text);
    if (!parsed.ok) return leaf(of, { kind: 'malformed', term: parsed.error });
    return { domain: of, read: { kind: 'record', record: parsed.value }, ...(await below(of, parsed.value, path)) };
  }

  async function below(of: string, record: SpfRecord, path: readonly string[]) {
    const children = new Map<SpfTerm | null, SpfNode>();
    const hosts = new Map<SpfTerm, readonly Ip[]>();
    for (const term of termsRead(record).filter(isLookup)) {
      lookups += 1;
      if (term.kind === 'include') children.set(term, await child(term.domain, path));
      const isHosts = (term.kind === 'a' || term.kind === 'mx') && lookups <= GIVE_UP;
      const found = isHosts ? await hostsOf(term.kind === 'mx', term.domain ?? of) : null;
      if (found) hosts.set(term, found);
    }
    if (record.redirect !== null) {
      lookups += 1;
      children.set(null, await child(record.redirect, path));
    }
    return { children, hosts };
  }

  async function child(named: string, path: readonly string[]): Promise<SpfNode> {
    const of = named.toLowerCase().replace(/\.$/, '');
    if (of.includes('%')) return leaf(of, { kind: 'unread', why: 'its name depends on each letter (a macro)' });
    if (path.includes(of)) return leaf(of, { kind: 'malformed', term: `include:${of}, which includes itself` });
    if (lookups > GIVE_UP) return leaf(of, { kind: 'unread', why: 'there are too many look-ups' });
    return node(of, await ask(dns.txt(of)), [...path, of]);
  }

  /** Null when not all of them can be told. */
  async function hostsOf(isMx: boolean, name: string): Promise<readonly Ip[] | null> {
    if (name.includes('%')) return null;
    if (!isMx) {
      const found = await addressesOf([name]);
      if (found?.length === 0) voids += 1;
      return found;
    }
    const answer = told(await ask(dns.mx(name)), isProven);
    return answer.isKnown ? addressesOf(answer.records.slice(0, MOST_MX).map(({ exchange }) => exchange)) : null;
  }

  async function addressesOf(names: readonly string[]): Promise<readonly Ip[] | null> {
    const answers = await Promise.all(names.flatMap((name) => [dns.a(name), dns.aaaa(name)]));
    const all = answers.map((answer) => told(answer, isProven));
    if (all.some(({ isKnown }) => !isKnown)) return null;
    const texts = all.flatMap((answer) => (answer.isKnown ? answer.records : []));
    return texts.map(parseIp).filter((address) => address !== null);
  }

  const root = await node(domain, await dns.txt(domain), [domain]);
  return { root, lookups, voids };
}
