import type { Verdict } from '../../core/replies/verdict.ts';
import type { Lane } from '../lanes/lane.ts';
import type { Run } from './campaign-runs.ts';

/** Notices when a person is needed: a campaign is blocked after a row of letters refused for what they are, not for pace. */

const IN_A_ROW = 5;

export function makeBlockOnRefusals(block: (campaignId: string, because: string) => Promise<void>) {
  const rows = new Map<string, number>();
  const keyOf = (run: Run, lane: Lane) => `${run.id} ${lane.id}`;

  return {
    alarm(run: Run, lane: Lane, { cause, rule, meaning }: Verdict, words: string): void {
      const row = (rows.get(keyOf(run, lane)) ?? 0) + 1;
      rows.set(keyOf(run, lane), row);
      // A refused log-in will be refused every time, and each try counts against the account.
      if (row < IN_A_ROW && meaning !== 'auth_login') return;
      rows.delete(keyOf(run, lane));
      void block(run.id, `${cause}: lane ${lane.id} answered "${words}" (${rule}).`);
    },
    calm(run: Run, lane: Lane): void {
      rows.delete(keyOf(run, lane));
    },
  };
}
