import { parseAddress, type ToAscii } from '../../core/recipients/address.ts';
import { ok } from '../../core/result.ts';
import type { Suppression, SuppressionStore } from '../ports.ts';
import { noSuch, type Outcome, refuse } from '../problem.ts';

/** Addresses that get no mail, by a person's hand. They are kept as an import would write them. */

const toAscii: ToAscii = (domain) => {
  const url = `http://${domain}`;
  return !/[\s/?#@:\\]/.test(domain) && URL.canParse(url) ? new URL(url).hostname : null;
};

/** What an address is kept under: lower case, A-labels. */
export function suppressionKey(address: string): string {
  const parsed = parseAddress(address, toAscii);
  return parsed.ok ? parsed.value.key : address.toLowerCase();
}

export function makeSuppress({ suppressions }: { readonly suppressions: Pick<SuppressionStore, 'add' | 'get'> }) {
  return async function suppress(address: string, reason: string): Promise<Outcome<Suppression>> {
    const parsed = parseAddress(address, toAscii);
    if (!parsed.ok) {
      const detail = 'Not a bare e-mail address, such as ann@example.com.';
      const errors = [{ pointer: '', code: parsed.error.code, detail }];
      return refuse('suppression.badAddress', detail, { errors });
    }
    await suppressions.add(parsed.value.key, reason, null);
    const entry = await suppressions.get(parsed.value.key);
    return entry ? ok(entry) : noSuch('suppression');
  };
}
