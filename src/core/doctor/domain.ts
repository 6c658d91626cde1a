import { type DnsAnswer, told } from './answer.ts';
import { bad, type DoctorFinding, good, unknown, warn } from './finding.ts';

/** Records of a sender domain besides SPF: DKIM keys, the DMARC policy, and where bounces go. */

/** `v=DKIM1; p=...`: names in lower case, without spaces inside values. */
function tags(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(';').flatMap((part) => {
    const at = part.indexOf('=');
    return at < 0 ? [] : [[part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).replace(/\s+/g, '')] as const];
  });
  return new Map(pairs);
}

export function withoutSelectors(domain: string): DoctorFinding {
  const todo = 'Name the selector that your relay signs with: --dkim-selector NAME.';
  return unknown('dkim', `DNS can't be asked for the DKIM keys of ${domain} without a selector.`, todo);
}

/** RFC 6376 3.6.1; key sizes: RFC 8301 3.2. */
export function judgeDkim(
  selector: string,
  domain: string,
  answer: DnsAnswer<string>,
  isProven: boolean,
): DoctorFinding {
  const check = 'dkim';
  const name = `${selector}._domainkey.${domain}`;
  const found = told(answer, isProven);
  if (!found.isKnown) return unknown(check, `The key ${name} could not be read: ${found.why}.`);
  const keys = found.records.map(tags).filter((record) => record.has('p'));
  const [key, ...more] = keys;
  if (!key)
    return bad(check, `There is no key at ${name}.`, 'Publish the key that the relay names, or correct the selector.');
  if (more.length > 0)
    return bad(check, `There is more than one key at ${name}.`, 'Leave one; give the other a selector of its own.');
  const [version, type, data] = [key.get('v') ?? 'DKIM1', key.get('k') ?? 'rsa', key.get('p')!];
  if (version !== 'DKIM1') return bad(check, `The key at ${name} begins with v=${version}.`, 'It must be v=DKIM1.');
  if (data === '') return bad(check, `The key ${name} was revoked.`, 'Sign with a selector whose key is valid.');
  const bits = type === 'rsa' ? rsaBits(data) : null;
  if (bits !== null && bits < 1_024)
    return bad(check, `The key ${name} has ${bits} bits; receivers ignore it.`, MAKE_KEY);
  if (key.get('t')?.split(':').includes('y')) {
    return warn(check, `The key ${name} is marked as a test (t=y).`, 'Take t=y out once signing works.');
  }
  if (bits !== null && bits < 2_048) return warn(check, `The key ${name} has only ${bits} bits.`, MAKE_KEY);
  return good(check, `The key ${name} is there (${type}${bits === null ? '' : `, ${bits} bits`}).`);
}

const MAKE_KEY = 'Make a key of 2048 bits.';

/** From the length of its DER form, which holds little beside the modulus. */
function rsaBits(base64: string): number {
  const bytes = Math.floor((base64.replace(/=+$/, '').length * 3) / 4);
  const sizes = [512, 768, 1_024, 1_536, 2_048, 3_072, 4_096];
  return sizes.findLast((bits) => bytes >= bits / 8 + 8) ?? 384;
}

/** The names at which a policy may stand, the domain's own first: a walk up the tree, to the registrable domain at least. */
export const dmarcNames = (domain: string): readonly string[] => {
  const labels = domain.split('.');
  const parents = labels.map((_, place) => labels.slice(place)).filter((rest) => rest.length > 1);
  return [
    domain,
    ...parents
      .slice(1)
      .slice(-7)
      .map((rest) => rest.join('.')),
  ].map((name) => `_dmarc.${name}`);
};

/** `answers`: of `dmarcNames`, in their order. The first that has a record counts. */
export function judgeDmarc(domain: string, answers: readonly DnsAnswer<string>[], isProven: boolean): DoctorFinding {
  const check = 'dmarc';
  for (const [place, answer] of answers.entries()) {
    const found = told(answer, isProven);
    if (!found.isKnown) return unknown(check, `The DMARC policy of ${domain} could not be read: ${found.why}.`);
    const policies = found.records.filter((text) => /^v=DMARC1\s*(?:;|$)/i.test(text));
    const name = dmarcNames(domain)[place]!;
    if (policies.length > 1)
      return bad(check, `There is more than one policy at ${name}, so none counts.`, 'Leave one.');
    if (policies[0]) return judgePolicy(name, tags(policies[0]), place > 0);
  }
  const todo = `Publish a TXT record at _dmarc.${domain}: v=DMARC1; p=none; rua=mailto:reports@${domain}`;
  return bad(check, `${domain} has no DMARC policy, which Gmail, Yahoo and Microsoft ask of bulk senders.`, todo);
}

function judgePolicy(name: string, policy: ReadonlyMap<string, string>, isParent: boolean): DoctorFinding {
  const check = 'dmarc';
  const wanted = (isParent ? policy.get('sp') : undefined) ?? policy.get('p');
  if (wanted === undefined || !['none', 'quarantine', 'reject'].includes(wanted.toLowerCase())) {
    return bad(
      check,
      `The policy at ${name} has no p= that receivers know.`,
      'Write p=none, p=quarantine or p=reject.',
    );
  }
  const strict = [policy.get('adkim') === 's' ? 'DKIM' : '', policy.get('aspf') === 's' ? 'SPF' : ''].filter(Boolean);
  const align = strict.length
    ? `; ${strict.join(' and ')} must be for exactly the domain in From (strict alignment)`
    : '; DKIM or SPF must be for the domain in From or a relative of it';
  return good(check, `Policy ${wanted.toLowerCase()} at ${name}${align}.`);
}

/** What was heard about one MX host. */
export type MxReach = { readonly host: string; readonly a: DnsAnswer<string>; readonly aaaa: DnsAnswer<string> };

/** Bounces and answers go to the sender domain. */
export function judgeBounces(
  domain: string,
  answer: DnsAnswer<{ readonly exchange: string }>,
  reach: readonly MxReach[],
  isProven: boolean,
): DoctorFinding {
  const check = 'mx';
  const found = told(answer, isProven);
  if (!found.isKnown) return unknown(check, `The MX of ${domain} could not be read: ${found.why}.`);
  const todo = `Publish an MX record for ${domain}, or use an envelope sender that takes bounces.`;
  if (found.records.length === 0) return warn(check, `${domain} has no MX, so bounces may not come back.`, todo);
  if (reach.length === 0) return bad(check, `${domain} takes no mail at all (null MX), bounces included.`, todo);
  const reached = reach.map(({ host, a, aaaa }) => ({ host, answers: [told(a, isProven), told(aaaa, isProven)] }));
  const alive = reached.filter(({ answers }) => answers.some((one) => one.isKnown && one.records.length > 0));
  if (alive.length > 0)
    return good(
      check,
      `Bounces come back to ${alive[0]!.host}${alive.length > 1 ? ` and ${alive.length - 1} more` : ''}.`,
    );
  const isDead = reached.every(({ answers }) => answers.every((one) => one.isKnown));
  if (isDead) return bad(check, `No MX of ${domain} has an address.`, todo);
  return unknown(check, `Whether the MX of ${domain} have addresses can't be told.`);
}
