import type { RuleGroup } from './rule.ts';

/** iCloud, which also speaks with the voice of Postfix and of Proofpoint. */
export const APPLE: RuleGroup = {
  providers: ['icloud'],
  signature: /support\.apple\.com|\[(?:hcm\d|bs\d\d|cs\d\d)\]/,
  rules: [
    { name: 'icloud.volume', text: /excessive volume/, means: ['rate_limit', 'lower_rate', 900], explicit: true },
    { name: 'icloud.hcm', text: /\[hcm\d\]/, means: ['reputation', 'pause_provider', 900] },
    { name: 'icloud.server-error', text: /\[bs\d\d\]/, means: ['server_busy', 'pause_provider', 900] },
    {
      name: 'icloud.service-unavailable',
      class: 4,
      text: /service unavailable/,
      means: ['maintenance', 'pause_provider', 900],
    },
    { name: 'icloud.policy', text: /\[cs\d\d\]/, means: ['policy_block', 'stop_and_alert', 7200] },
    { name: 'icloud.listed', class: 5, text: /blocked - see/, means: ['reputation', 'stop_and_alert', 7200] },
  ],
};
