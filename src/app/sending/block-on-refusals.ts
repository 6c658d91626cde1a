import type { Verdict } from '../../core/replies/verdict.ts';

/** Notices when a person is needed: a campaign is blocked after a row of letters refused for what they are, not for pace. */

export type BlockOnRefusals = {
  /** A letter of the campaign was refused on the lane, with a verdict that asks for a person. */
  refused(campaignId: string, lane: string, verdict: Verdict, words: string): void;
  accepted(campaignId: string, lane: string): void;
};

const IN_A_ROW = 5;

export function makeBlockOnRefusals(block: (campaignId: string, because: string) => Promise<void>): BlockOnRefusals {
  const rows = new Map<string, number>();
  const keyOf = (campaignId: string, lane: string) => `${campaignId} ${lane}`;

  return {
    refused(campaignId, lane, { cause, rule, meaning }, words) {
      const key = keyOf(campaignId, lane);
      const row = (rows.get(key) ?? 0) + 1;
      rows.set(key, row);
      // A refused log-in will be refused every time, and each try counts against the account.
      if (row < IN_A_ROW && meaning !== 'auth_login') return;
      rows.delete(key);
      void block(campaignId, `${cause}: lane ${lane} answered "${words}" (${rule}).`);
    },
    accepted(campaignId, lane) {
      rows.delete(keyOf(campaignId, lane));
    },
  };
}
