import { Resolver } from 'node:dns/promises';
import type { Dns } from '../app/doctor/ports.ts';
import type { DnsAnswer } from '../core/doctor/answer.ts';

/** Any record that the doctor asks for; without a memory, because it tells what is true now. */

/** `servers`: addresses of name servers, with `:port` if it is not 53; the system's when left out. */
export function makeDns(servers?: readonly string[]): Dns {
  const resolver = new Resolver({ timeout: 3_000, tries: 2 });
  if (servers) resolver.setServers(servers);
  return {
    txt: (name) => answered(async () => (await resolver.resolveTxt(name)).map((parts) => parts.join(''))),
    ptr: (name) => answered(() => resolver.resolvePtr(name)),
    a: (name) => answered(() => resolver.resolve4(name)),
    aaaa: (name) => answered(() => resolver.resolve6(name)),
    mx: (name) => answered(() => resolver.resolveMx(name)),
    soa: (name) => answered(async () => [(await resolver.resolveSoa(name)).nsname]),
    ns: (name) => answered(() => resolver.resolveNs(name)),
  };
}

async function answered<T>(ask: () => Promise<readonly T[]>): Promise<DnsAnswer<T>> {
  try {
    const records = await ask();
    return records.length > 0 ? { kind: 'records', records } : { kind: 'none' };
  } catch (error) {
    const { code = 'EUNKNOWN' } = error as { code?: string };
    if (code === 'ENODATA') return { kind: 'none' };
    if (code === 'ENOTFOUND') return { kind: 'noDomain' };
    return { kind: 'failed', detail: code };
  }
}
