import { listsIn } from '../diagnosis/help-pages.ts';
import { isSameIp, parseIp, reversed } from '../ip.ts';
import { type DnsAnswer, told } from './answer.ts';
import { bad, type DoctorFinding, good, unknown, warn } from './finding.ts';
import type { Egress } from './spf-judge.ts';

/** The address that mail leaves from: its name, and whether block lists hold it. */

export const reverseName = ({ address }: Egress): string =>
  `${reversed(address)}.${address.bits === 32 ? 'in-addr.arpa' : 'ip6.arpa'}`;

/** A name that the address claims, and the addresses which that name has. */
export type Forward = { readonly name: string; readonly addresses: DnsAnswer<string> };

/** Forward-confirmed reverse DNS. `ehloName`: what we call ourselves. */
export function judgePtr(
  { text, address }: Egress,
  answer: DnsAnswer<string>,
  forward: readonly Forward[],
  ehloName: string,
  isProven: boolean,
): DoctorFinding {
  const check = 'ptr';
  const found = told(answer, isProven);
  const todo = 'Ask whoever owns the address to set its reverse name, and give that name the address.';
  if (!found.isKnown) return unknown(check, `The name of ${text} could not be read: ${found.why}.`);
  if (found.records.length === 0)
    return bad(check, `${text} has no name (PTR); Gmail and others refuse such senders.`, todo);
  const leadsBack = (one: DnsAnswer<string>) =>
    one.kind === 'records' && one.records.map(parseIp).some((other) => other && isSameIp(other, address));
  const name = forward.find(({ addresses }) => leadsBack(addresses))?.name;
  if (name === undefined) {
    const isTold = forward.every(({ addresses }) => told(addresses, isProven).isKnown);
    if (!isTold) return unknown(check, `Whether ${found.records[0]} leads back to ${text} can't be told.`);
    return bad(check, `${text} is called ${found.records[0]}, which does not lead back to it.`, todo);
  }
  const names = forward.map((one) => one.name.toLowerCase());
  if (names.includes(ehloName.toLowerCase())) return good(check, `${text} is ${name}, both ways, and says so in EHLO.`);
  return warn(
    check,
    `${text} is ${name}, both ways, but EHLO says ${ehloName}.`,
    `Set OFFPEAK_EHLO_NAME=${name} where mail goes direct.`,
  );
}

export type DnsBlockList = { readonly zone: string; readonly holdsV6: boolean };

export const BLOCK_LISTS: readonly DnsBlockList[] = [
  { zone: 'zen.spamhaus.org', holdsV6: true },
  { zone: 'b.barracudacentral.org', holdsV6: false },
  { zone: 'bl.spamcop.net', holdsV6: false },
  { zone: 'psbl.surriel.com', holdsV6: false },
];

/** RFC 5782 5: every list holds the first of these and never the second. */
export const LISTED_TEST = '2.0.0.127';
export const UNLISTED_TEST = '1.0.0.127';

export type ListAnswers = {
  readonly ours: DnsAnswer<string>;
  readonly listedTest: DnsAnswer<string>;
  readonly unlistedTest: DnsAnswer<string>;
};

export function judgeList(list: DnsBlockList, { text, address }: Egress, answers: ListAnswers): DoctorFinding {
  const { name, url } = listsIn(list.zone)[0] ?? { name: list.zone, url: list.zone };
  const check = `list ${name}`;
  const ours = codes(answers.ours);
  if (address.bits === 128 && !list.holdsV6) return unknown(check, `${name} holds IPv4 addresses only.`, null);
  if ([answers.ours, answers.listedTest].some((answer) => codes(answer).some(isRefusal))) {
    return unknown(
      check,
      `${name} does not answer this name server.`,
      'Ask through a name server of your own: OFFPEAK_DNS_SERVERS.',
    );
  }
  // Of a list that answers nothing, or everything, nothing follows.
  const works = codes(answers.listedTest).length > 0 && answers.unlistedTest.kind === 'noDomain';
  if (!works)
    return unknown(check, `${name} can't be asked from here (its test entries do not answer as they should).`);
  if (ours.length > 0)
    return bad(check, `${text} is on ${name} (${ours.join(', ')}).`, `Find the cause, then ask to be removed: ${url}`);
  if (answers.ours.kind === 'noDomain') return good(check, `${text} is not on ${name}.`);
  return unknown(check, `${name} gave no answer about ${text}.`);
}

const codes = (answer: DnsAnswer<string>): readonly string[] =>
  answer.kind === 'records' ? answer.records.filter((record) => record.startsWith('127.')) : [];

/** Spamhaus answers so when it refuses the name server that asks. */
const isRefusal = (code: string) => code.startsWith('127.255.255.');
