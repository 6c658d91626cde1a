import type { Ip } from '../ip.ts';
import { bad, type DoctorFinding, good, unknown, warn } from './finding.ts';
import { MOST_LOOKUPS, termsRead } from './spf.ts';
import { checkHost, type SpfNode } from './spf-match.ts';

/** Whether a sender domain's SPF record is usable, and whether it covers the addresses that mail leaves from. */

export type SpfAnswers = {
  readonly root: SpfNode;
  /** Terms that cost a look-up, with all that is included. */
  readonly lookups: number;
  /** Look-ups among them that found nothing. */
  readonly voids: number;
};

/** RFC 7208 4.6.4. */
const MOST_VOIDS = 2;

export type Egress = { readonly text: string; readonly address: Ip };

export function judgeSpf(answers: SpfAnswers, egress: readonly Egress[]): readonly DoctorFinding[] {
  const record = judgeRecord(answers);
  if (record.level === 'bad' && answers.root.read.kind !== 'record') return [record];
  return [record, ...coverage(answers.root, egress)];
}

function judgeRecord({ root, lookups, voids }: SpfAnswers): DoctorFinding {
  const { domain, read } = root;
  const check = 'spf';
  if (read.kind === 'unread') return unknown(check, `The SPF record of ${domain} could not be read: ${read.why}.`);
  if (read.kind === 'missing') {
    return bad(check, `${domain} has no SPF record.`, `Publish a TXT record at ${domain}: v=spf1 include:<relay> -all`);
  }
  if (read.kind === 'several') {
    return bad(check, `${domain} has more than one SPF record, so none counts.`, 'Join them into one record.');
  }
  const fault = faultIn(root);
  if (fault) return bad(check, fault.says, fault.todo);
  if (lookups > MOST_LOOKUPS) {
    const says = `The SPF record costs ${lookups} DNS look-ups; receivers give up after ${MOST_LOOKUPS}.`;
    return bad(check, says, 'Take out includes that are not used, or write their networks as ip4 and ip6.');
  }
  const unread = unreadIn(root);
  if (unread)
    return unknown(check, `The SPF record names ${unread.domain}, whose record could not be read: ${unread.why}.`);
  return (
    judgeEnd(root, lookups) ?? judgeVoids(voids) ?? good(check, `One record, ${lookups} of ${MOST_LOOKUPS} look-ups.`)
  );
}

const judgeVoids = (voids: number): DoctorFinding | null =>
  voids > MOST_VOIDS
    ? warn(
        'spf',
        `${voids} names in the SPF record do not exist; receivers may give up after ${MOST_VOIDS}.`,
        'Take them out.',
      )
    : null;

function judgeEnd({ domain, read, children }: SpfNode, lookups: number): DoctorFinding | null {
  if (read.kind !== 'record') return null;
  const all = read.record.terms.find(({ kind }) => kind === 'all');
  if (all?.means === 'pass') {
    return bad(
      'spf',
      `The SPF record of ${domain} ends in +all: everybody may send as ${domain}.`,
      'End it in -all or ~all.',
    );
  }
  if (all?.means === 'neutral' || (!all && !children.has(null))) {
    return warn('spf', `One record, ${lookups} look-ups, but it forbids nobody.`, 'End it in -all or ~all.');
  }
  if (hasUnread(read))
    return warn('spf', `What stands behind all in the SPF record of ${domain} is never read.`, ALL_LAST);
  if (read.record.terms.some(({ kind }) => kind === 'ptr')) {
    const says = `The SPF record of ${domain} relies on ptr, which is slow and which many receivers ignore.`;
    return warn('spf', says, 'Name the networks as ip4 and ip6 in its place (RFC 7208 5.5).');
  }
  return null;
}

const ALL_LAST = 'Move all to the end of the record.';

const hasUnread = (read: SpfNode['read']): boolean =>
  read.kind === 'record' && termsRead(read.record).length < read.record.terms.length;

type Fault = { readonly says: string; readonly todo: string };

/** What receivers call a permanent error, here or in what is included. */
function faultIn({ domain, read, children }: SpfNode): Fault | null {
  switch (read.kind) {
    case 'malformed':
      return {
        says: `The SPF record of ${domain} can't be read at "${read.term}".`,
        todo: 'Correct or remove the term.',
      };
    case 'missing':
    case 'several':
      return {
        says: `The SPF record names ${domain}, which has ${read.kind === 'missing' ? 'no' : 'more than one'} SPF record.`,
        todo: `Take ${domain} out of the record.`,
      };
    default:
      return [...children.values()].map(faultIn).find((fault) => fault !== null) ?? null;
  }
}

function unreadIn({ domain, read, children }: SpfNode): { readonly domain: string; readonly why: string } | null {
  if (read.kind === 'unread') return { domain, why: read.why };
  return [...children.values()].map(unreadIn).find((found) => found !== null) ?? null;
}

const ASK_RELAY = 'If the other answers are known, ask the relay whether its include covers the address.';
const NO_ADDRESS = 'Name the address that mail leaves from with --ip.';

function coverage(root: SpfNode, egress: readonly Egress[]): readonly DoctorFinding[] {
  const check = 'spf covers';
  if (egress.length === 0) return [unknown(check, 'The address that mail leaves from is not known.', NO_ADDRESS)];
  return egress.map(({ text, address }) => {
    const verdict = checkHost(root, address);
    if (verdict === 'pass') return good(check, `${text} may send as ${root.domain}.`);
    if (verdict === 'unknown')
      return unknown(check, `Whether ${text} may send as ${root.domain} can't be told from here.`, ASK_RELAY);
    if (verdict === 'error') {
      const says = `Receivers stop at a fault in the SPF record before they find ${text}.`;
      return bad(check, says, 'Mend the record first.');
    }
    return bad(
      check,
      `${text} is not among those who may send as ${root.domain} (${verdict}).`,
      hasUnread(root.read) ? ALL_LAST : 'Add the address, or the include of the relay, to the SPF record.',
    );
  });
}
