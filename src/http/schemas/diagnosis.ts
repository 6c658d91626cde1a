import { z } from 'zod';
import { Count, countUpTo, Id, Instant } from './fields.ts';

const CAUSES = ['connections', 'overload', 'configuration', 'blocklist', 'throttling', 'recipient', 'content'] as const;

const Cause = z.enum(CAUSES);
const LikelyCause = z.enum([...CAUSES, 'none']).meta({ description: 'The likely cause; none: nothing is wrong.' });
const Headline = z.string().meta({
  example:
    'Gmail takes fewer letters than were sent: 120 of 900 answers (13 %) were refusals of this kind, since 21:04 UTC, and it goes on.',
});
const Share = z.number().min(0).max(1);
const Stretch = z.strictObject({ answers: Count, refused: Count });

const HeardReplies = z
  .strictObject({
    rule: z.string(),
    code: z.int(),
    enhanced: z.string().nullable(),
    cause: Cause,
    meaning: z.string(),
    reaction: z.string(),
    explicit: z.boolean(),
    count: Count,
    firstAt: Instant,
    lastAt: Instant,
    examples: z.array(z.string()).meta({ description: 'At most two, word for word but for addresses of recipients.' }),
  })
  .meta({ id: 'HeardReplies', description: 'Refusals that one rule sorted.' });

const Effect = z
  .strictObject({
    kind: z.enum(['rate', 'connections']),
    from: Instant,
    until: Instant,
    result: z.enum(['helped', 'helpedLittle', 'didNotHelp', 'tooEarly']),
    before: Stretch,
    after: Stretch,
    text: z.string(),
  })
  .meta({ id: 'Effect', description: 'Whether what Offpeak did helped: answers refused before and after.' });

const Advice = z
  .strictObject({
    text: z.string(),
    page: z
      .strictObject({ title: z.string(), url: z.url({ protocol: /^https?$/ }), namedBy: z.enum(['reply', 'offpeak']) })
      .nullable()
      .meta({ description: 'Where to do it. A page that a reply names is whatever the server wrote there.' }),
  })
  .meta({ id: 'Advice' });

export const LaneDiagnosis = z
  .strictObject({
    lane: z.string(),
    provider: z.string(),
    from: Instant,
    until: Instant,
    cause: LikelyCause,
    headline: Headline,
    observed: z.strictObject({
      answers: Count,
      accepted: Count,
      refused: Count,
      refusedShare: Share,
      replies: z.array(HeardReplies),
    }),
    since: Instant.nullable(),
    lastAt: Instant.nullable(),
    isOngoing: z.boolean(),
    isStill: z.boolean().meta({ description: 'Nothing goes just now; the headline says until when.' }),
    evidence: z.strictObject({ for: z.array(z.string()), against: z.array(z.string()) }),
    otherCauses: z.array(z.strictObject({ cause: Cause, because: z.string() })),
    effects: z.array(Effect),
    otherLanes: z
      .strictObject({ affected: z.array(z.string()), healthy: z.array(z.string()) })
      .meta({ description: 'Of the same route, in the same time.' }),
    steps: z
      .array(z.strictObject({ at: Instant, lane: z.string(), action: z.string(), text: z.string() }))
      .meta({ description: 'What Offpeak did, from the oldest on.' }),
    advice: z.array(Advice).meta({ description: 'What a person should do.' }),
  })
  .meta({ id: 'LaneDiagnosis' });

export const CampaignDiagnosisOut = z
  .strictObject({
    campaignId: Id,
    from: Instant,
    until: Instant,
    cause: LikelyCause,
    headline: Headline,
    blockedBecause: z.string().nullable(),
    lanes: z.array(LaneDiagnosis).meta({ description: 'The worst first.' }),
  })
  .meta({ id: 'CampaignDiagnosis' });

export const DiagnosisQuery = z.strictObject({
  minutes: countUpTo(1_440, 'How far back to look; counted in steps of five minutes; default 60.').default(60),
});
