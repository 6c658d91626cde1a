import { z } from 'zod';
import { LEAST_GIVE_UP_MS, MOST_GIVE_UP_MS } from '../../core/recipients/give-up.ts';
import { RECIPIENT_STATES } from '../../core/recipients/recipient.ts';
import {
  CampaignStateField,
  CommandIn,
  Count,
  durationWithin,
  Id,
  Instant,
  NoControls,
  pageOf,
  Totals,
} from './fields.ts';
import { ScheduleOut } from './schedule.ts';

const OnUncertain = z.enum(['hold', 'resend']).meta({
  id: 'OnUncertain',
  description: 'What happens to a recipient whose letter may or may not have been accepted. Default: hold.',
});

const GiveUpAfter = durationWithin(LEAST_GIVE_UP_MS, MOST_GIVE_UP_MS).meta({
  id: 'GiveUpAfter',
  description:
    'How long after its first attempt a recipient that no server accepted ends as expired, with the last reply it got, also when it only ever heard 421 (RFC 5321 4.5.4.1). A retry that would come later becomes one last try shortly before. A whole number and a unit (s, m, h, d), from 5m to 7d. Default: 72h.',
  example: '72h',
});

const Name = NoControls.min(1)
  .max(200)
  .refine((name) => name.trim() !== '', 'It must not be blank.');

/** Merge-patch (RFC 7396): null takes a field away. What must hold of the whole letter is checked after merging. */
const ContentIn = z
  .strictObject({
    subject: z.string().optional().meta({ example: 'News for {{ first_name }}' }),
    from: z.strictObject({ address: z.string().optional(), name: z.string().nullable().optional() }).optional(),
    replyTo: z.string().nullable().optional(),
    html: z.string().optional().meta({ example: '<p>Hello {{ first_name | default: "friend" }}</p>' }),
    text: z.string().nullable().optional().meta({ description: 'Derived from the HTML when left out.' }),
    listUnsubscribe: z
      .strictObject({ url: z.string().nullable().optional(), mailto: z.string().nullable().optional() })
      .nullable()
      .optional(),
  })
  .meta({
    id: 'ContentIn',
    description: 'Without a template `subject`, `from.address` and `html` are needed. Merge fields are Liquid.',
  });

export const CampaignIn = z
  .strictObject({
    name: Name,
    template: z.string().max(100).optional().meta({ description: 'A shipped letter; see GET /templates.' }),
    content: ContentIn.optional(),
    onUncertain: OnUncertain.optional(),
    giveUpAfter: GiveUpAfter.optional(),
  })
  .meta({ id: 'CampaignIn' });

export const CampaignEditIn = z
  .strictObject({
    name: Name.optional(),
    content: ContentIn.optional(),
    onUncertain: OnUncertain.optional(),
    giveUpAfter: GiveUpAfter.optional(),
  })
  .meta({ id: 'CampaignEdit' });

const Content = z
  .strictObject({
    subject: z.string(),
    from: z.strictObject({ address: z.string(), name: z.string().optional() }),
    replyTo: z.string().optional(),
    html: z.string(),
    text: z.string().optional(),
    listUnsubscribe: z.strictObject({ url: z.string().optional(), mailto: z.string().optional() }).optional(),
  })
  .meta({ id: 'Content' });

const shared = {
  id: Id,
  name: z.string(),
  state: CampaignStateField,
  version: z.int().min(1).meta({ description: 'Also the ETag; rises with every change.' }),
  blockedBecause: z.string().nullable().meta({ description: 'Why a person is needed; set while blocked.' }),
  schedule: ScheduleOut.nullable(),
  totals: Totals,
  openImport: Id.nullable().meta({ description: 'The import under way, if any.' }),
  createdAt: Instant,
  updatedAt: Instant,
  startedAt: Instant.nullable(),
  finishedAt: Instant.nullable(),
  allowedActions: z.array(CommandIn),
  links: z.strictObject({
    self: z.string(),
    progress: z.string(),
    schedule: z.string(),
    imports: z.string(),
    recipients: z.string(),
    diagnosis: z.string(),
  }),
};

export const CampaignOut = z
  .strictObject({
    ...shared,
    content: Content,
    onUncertain: OnUncertain,
    giveUpAfter: z.string().meta({
      description:
        'A recipient that was tried ends as expired this long after its first attempt; never-tried ones do not age.',
      example: '72h',
    }),
    columns: z.array(z.string()).meta({ description: 'Columns that every import brought.' }),
  })
  .meta({ id: 'Campaign' });

export const CampaignPage = pageOf(
  z.strictObject({ ...shared, subject: z.string() }).meta({ id: 'CampaignSummary' }),
  'CampaignPage',
);

export const ProgressOut = z
  .strictObject({
    state: CampaignStateField,
    phase: z.enum(['sending', 'waitingForWindow', 'throttled', 'retrying']).nullable(),
    waitingUntil: Instant.nullable().meta({ description: 'When the next window opens, while waiting for it.' }),
    blockedBecause: z.string().nullable(),
    counts: z
      .strictObject(
        Object.fromEntries(RECIPIENT_STATES.map((state) => [state, Count])) as Record<
          (typeof RECIPIENT_STATES)[number],
          typeof Count
        >,
      )
      .meta({ id: 'Counts', description: 'Recipients by state; rewritten from the ledger as it moves.' }),
    total: Count.meta({ description: 'The sum of the counts.' }),
    totals: Totals,
    ratePerSecond: z.number().min(0).meta({
      description: 'Letters per second of the lanes in use, which other campaigns may share.',
    }),
    lanes: z.array(z.string()).meta({ description: 'Lanes for which somebody waits.' }),
    startedAt: Instant.nullable(),
    finishedAt: Instant.nullable(),
    doubtful: z.strictObject({ letters: Count, until: Instant, because: z.string() }).nullable().meta({
      id: 'Doubtful',
      description:
        'Letters that a worker had under way when it died, in a campaign with `onUncertain: resend`: they go again once the attempt of the dead worker must be over. Nobody else waits for them.',
    }),
    secondsLeft: Count.nullable().meta({
      description: 'At the present rate and within the windows; retries left out.',
    }),
    secondsLeftUnknown: z
      .enum(['laneStandsStill', 'windowClosed', 'nothingMoves', 'deadlineComesFirst'])
      .nullable()
      .meta({ description: 'Why a running campaign has no secondsLeft.' }),
  })
  .meta({ id: 'Progress' });
