import { strictRatePolicy } from '../../src/core/rate/rate.ts';
import { afterDelivery, kumoMta, momentum, postfix, powerMta, sre } from './peers.ts';
import { capacityAt, type Scenario } from './provider.ts';
import { aimd, cubic, fixed, type MakeRule, ours, windowedHalving } from './rules.ts';

/** Who takes part. Products get the operator's maximum that suits them: .8 of the capacity at first, as if tuned by hand. */

export type Entrant = { readonly key: string; readonly name: string; readonly make: (scenario: Scenario) => MakeRule };

const tuned = (scenario: Scenario) => 0.8 * capacityAt(scenario, 0);
const tooHigh = (scenario: Scenario) => 2.6 * capacityAt(scenario, 0);

export const ENTRANTS: readonly Entrant[] = [
  { key: 'ours', name: 'ours', make: () => ours() },
  { key: 'strict', name: 'ours, strict', make: () => ours({ policy: strictRatePolicy }) },
  { key: 'cubic', name: 'CUBIC .7', make: () => cubic(0.7, 60) },
  { key: 'aimd5', name: 'AIMD .5', make: () => aimd(0.5, 0.01) },
  { key: 'aimd9', name: 'AIMD .9', make: () => aimd(0.9, 0.002) },
  { key: 'halving', name: 'halve per window', make: () => windowedHalving },
  { key: 'sre', name: 'SRE K=1.1', make: (s) => sre(tooHigh(s), 1.1) },
  { key: 'kumomta', name: 'KumoMTA-like', make: (s) => kumoMta(tuned(s)) },
  { key: 'powermta', name: 'PowerMTA-like', make: (s) => powerMta(tuned(s)) },
  { key: 'delivery', name: 'normal after delivery', make: (s) => afterDelivery(tuned(s)) },
  { key: 'momentum', name: 'Momentum-like', make: (s) => momentum(tuned(s)) },
  { key: 'postfix', name: 'Postfix-like', make: () => postfix },
  { key: 'static8', name: 'static .8', make: (s) => fixed(() => tuned(s)) },
  { key: 'static26', name: 'static 2.6', make: (s) => fixed(() => tooHigh(s)) },
  { key: 'oracle', name: 'oracle', make: (s) => fixed((ms) => capacityAt(s, ms)) },
];

export const entrant = (key: string): Entrant => {
  const found = ENTRANTS.find((one) => one.key === key);
  if (!found) throw new Error(`no rule "${key}"; there are ${ENTRANTS.map((one) => one.key).join(', ')}`);
  return found;
};
