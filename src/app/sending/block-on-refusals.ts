import type { Verdict } from '../../core/replies/verdict.ts';

/** Notices when a person is needed: a campaign is blocked after a row of letters refused for what they are, not for pace. */

export type BlockOnRefusals = {
  /** A letter of the campaign was refused on the lane, with a verdict that asks for a person. */
  refused(campaignId: string, lane: string, verdict: Verdict, words: string): void;
  accepted(campaignId: string, lane: string): void;
};

const IN_A_ROW = 5;

/** RFC 5321 4.1.1.1 asks for a full name in EHLO, and some servers insist. */
const ABOUT_OUR_NAME = /\b(?:helo|ehlo)\b|fully[- ]qualified|\bfqdn\b/i;
const remedyFor = (words: string) =>
  ABOUT_OUR_NAME.test(words)
    ? ' Set OFFPEAK_EHLO_NAME to the full name of this machine, such as mail.example.com.'
    : '';

export function makeBlockOnRefusals(block: (campaignId: string, because: string) => Promise<void>): BlockOnRefusals {
  const rows = new Map<string, number>();
  const keyOf = (campaignId: string, lane: string) => `${campaignId} ${lane}`;

  return {
    refused(campaignId, lane, { cause, rule, meaning, scope }, words) {
      const key = keyOf(campaignId, lane);
      const row = (rows.get(key) ?? 0) + 1;
      rows.set(key, row);
      // A refused log-in will be refused every time, and each try counts against the account; a bad certificate stays bad.
      const isSure = meaning === 'auth_login' || (meaning === 'config_tls' && scope === 'route');
      if (row < IN_A_ROW && !isSure) return;
      rows.delete(key);
      void block(campaignId, `${cause}: lane ${lane} answered "${words}" (${rule}).${remedyFor(words)}`);
    },
    accepted(campaignId, lane) {
      rows.delete(keyOf(campaignId, lane));
    },
  };
}
