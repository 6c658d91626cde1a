import type { Cause } from '../replies/verdict.ts';
import type { Diagnosis } from './diagnose.ts';
import { nameOf } from './help-pages.ts';
import { list, number, plural } from './words.ts';

/** The lanes of a campaign, the worst first, and what that makes of the whole. */

export type CampaignDiagnosis = {
  readonly cause: Cause | 'none';
  readonly headline: string;
  readonly lanes: readonly Diagnosis[];
};

/** Recipients whose time was over before a letter was taken. */
export type Expired = {
  readonly count: number;
  readonly total: number;
  /** The campaign's deadline has passed; else they had their `giveUpAfter`. */
  readonly isDeadlineOver: boolean;
};

export function diagnoseCampaign(lanes: readonly Diagnosis[], expired: Expired): CampaignDiagnosis {
  const ordered = [...lanes].sort((a, b) => Math.sign(badness(b) - badness(a)) || (a.lane < b.lane ? -1 : 1));
  const troubled = ordered.filter(({ cause, isStill }) => isStill || cause !== 'none');
  const worst = troubled[0];
  return {
    cause: worst?.cause ?? 'none',
    headline: `${expiredWords(expired)}${headlineOf(ordered, troubled, worst)}`,
    lanes: ordered,
  };
}

function expiredWords({ count, total, isDeadlineOver }: Expired): string {
  if (count === 0) return '';
  const why = isDeadlineOver ? 'at the deadline' : 'when the time they are tried for was over';
  return `${number(count)} of ${plural(total, 'recipient')} expired ${why}, without a letter. `;
}

/** Causes that only a person can mend weigh more, and so does trouble that goes on. */
const WEIGHT: Readonly<Record<Diagnosis['cause'], number>> = {
  configuration: 4,
  blocklist: 4,
  content: 4,
  connections: 1,
  throttling: 1,
  overload: 1,
  recipient: 0.5,
  none: 0,
};

function badness({ cause, observed, isOngoing, isStill }: Diagnosis): number {
  if (isStill) return Number.MAX_VALUE;
  const share = observed.answers === 0 ? 0 : (observed.troubles + observed.recipients) / observed.answers;
  return WEIGHT[cause] * share * Math.log10(10 + observed.answers) * (isOngoing ? 2 : 1);
}

function headlineOf(all: readonly Diagnosis[], troubled: readonly Diagnosis[], worst: Diagnosis | undefined): string {
  if (!worst) {
    if (all.length === 0) return 'Nothing was sent.';
    return all.length === 1 ? all[0]!.headline : `Nothing is wrong on any of the ${plural(all.length, 'lane')}.`;
  }
  const rest = troubled.slice(1).map(({ provider }) => nameOf(provider));
  const also = rest.length > 0 ? ` There is trouble with ${list(rest)} too.` : '';
  return `${worst.headline}${also}`;
}
