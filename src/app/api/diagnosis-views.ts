import type { Diagnosis, Step } from '../../core/diagnosis/diagnose.ts';
import type { CampaignInTrouble } from '../operator/diagnose.ts';

/** What the outside sees of a diagnosis: times as instants, and no more than a person can use. */

const at = (ms: number | null) => (ms === null ? null : new Date(ms));
const stepView = (step: Step) => ({ ...step, at: new Date(step.at) });

export function diagnosisView(diagnosis: Diagnosis) {
  const { lane, provider, from, until, cause, headline, observed, since, lastAt, isOngoing, isStill } = diagnosis;
  const { evidence, effects, neighbourhood, otherCauses, steps, advice } = diagnosis;
  const { answers, accepted, troubles, recipients, refused } = observed;
  return {
    ...{ lane, provider, from: at(from), until: at(until), cause, headline },
    observed: {
      ...{ answers, accepted, refused: troubles + recipients },
      refusedShare: answers === 0 ? 0 : (troubles + recipients) / answers,
      replies: refused.map(({ firstAt, lastAt: last, scope: _, ...rest }) => ({
        ...rest,
        ...{ firstAt: at(firstAt), lastAt: at(last) },
      })),
    },
    ...{ since: at(since), lastAt: at(lastAt), isOngoing, isStill, evidence, otherCauses },
    effects: effects.map(({ kind, from: began, until: ended, result, before, after, text }) => ({
      ...{ kind, from: at(began), until: at(ended), result, before, after, text },
    })),
    otherLanes: { affected: neighbourhood.affected, healthy: neighbourhood.healthy },
    steps: steps.map(stepView),
    advice,
  };
}

export const campaignDiagnosisView = (diagnosis: CampaignInTrouble) => {
  const { campaignId, from, until, cause, headline, blockedBecause, lanes } = diagnosis;
  return {
    ...{ campaignId, from: at(from), until: at(until), cause, headline, blockedBecause },
    lanes: lanes.map(diagnosisView),
  };
};
