import {
  BLOCK_LISTS,
  type DnsBlockList,
  judgeList,
  judgePtr,
  LISTED_TEST,
  reverseName,
  UNLISTED_TEST,
} from '../../core/doctor/egress.ts';
import { type DoctorFinding, type Section, unknown } from '../../core/doctor/finding.ts';
import type { Egress } from '../../core/doctor/spf-judge.ts';
import { reversed } from '../../core/ip.ts';
import type { Dns } from './ports.ts';

/** Looks the address up that mail leaves from: its name, and the block lists. */

export type AddressContext = { readonly dns: Dns; readonly isProven: boolean; readonly ehloName: string };

/** Names of one address that are followed. */
const MOST_NAMES = 5;

export function withoutAddress(): Section {
  const todo = 'Name the address that mail leaves from with --ip; of a relay it is the relay’s.';
  const findings = [
    unknown('ptr', 'The name of an address that is not known can not be looked up.', todo),
    unknown('lists', 'Nor can block lists be asked about it.', todo),
  ];
  return { kind: 'address', name: 'not known', findings };
}

export async function inspectAddress(egress: Egress, context: AddressContext): Promise<Section> {
  const [ptr, ...lists] = await Promise.all([
    inspectName(egress, context),
    ...BLOCK_LISTS.map((list) => inspectList(list, egress, context)),
  ]);
  return { kind: 'address', name: egress.text, findings: [ptr, ...lists] };
}

async function inspectName(egress: Egress, { dns, isProven, ehloName }: AddressContext): Promise<DoctorFinding> {
  const answer = await dns.ptr(reverseName(egress));
  const names = answer.kind === 'records' ? answer.records.slice(0, MOST_NAMES) : [];
  const forward = await Promise.all(
    names.map(async (name) => ({
      name,
      addresses: await (egress.address.bits === 32 ? dns.a(name) : dns.aaaa(name)),
    })),
  );
  return judgePtr(egress, answer, forward, ehloName, isProven);
}

async function inspectList(list: DnsBlockList, egress: Egress, { dns }: AddressContext): Promise<DoctorFinding> {
  const [ours, listedTest, unlistedTest] = await Promise.all([
    dns.a(`${reversed(egress.address)}.${list.zone}`),
    dns.a(`${LISTED_TEST}.${list.zone}`),
    dns.a(`${UNLISTED_TEST}.${list.zone}`),
  ]);
  return judgeList(list, egress, { ours, listedTest, unlistedTest });
}
