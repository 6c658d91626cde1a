import { makeControlCampaign } from '../campaigns/control.ts';
import { makeCreateCampaign } from '../campaigns/create.ts';
import { makeEditCampaign } from '../campaigns/edit.ts';
import type { CampaignStore, RecipientReader, Templates } from '../campaigns/ports.ts';
import { makeReadProgress } from '../campaigns/progress.ts';
import { makeRemoveCampaign } from '../campaigns/remove.ts';
import { makeScheduleCampaign } from '../campaigns/schedule.ts';
import type { ImportRecipients, ImportStore } from '../import/ports.ts';
import type { LaneReader, RouteStore } from '../lanes/ports.ts';
import { makeDiagnose } from '../operator/diagnose.ts';
import { makeDrawLane } from '../operator/draw-lane.ts';
import { makeEditProvider, makeReadProviders } from '../operator/edit-provider.ts';
import { makeOrderLane } from '../operator/order-lane.ts';
import { makePutRoute, makeRemoveRoute } from '../operator/put-route.ts';
import { makeSetRouting } from '../operator/set-routing.ts';
import { makeSuppress } from '../operator/suppress.ts';
import type { Clock, Log, NewId, SuppressionStore } from '../ports.ts';
import type { ReplyStores } from '../replies/ports.ts';
import { makeTeachReply } from '../replies/teach.ts';
import type { ApiKeyStore, IdempotencyStore } from './ports.ts';

/** The stores that the HTTP side reads by itself. */
type Read = Omit<ReplyStores, 'refusals'> & {
  readonly campaigns: CampaignStore;
  readonly recipients: RecipientReader;
  readonly imports: ImportStore;
  readonly importRecipients: ImportRecipients;
  readonly lanes: LaneReader;
  readonly routes: RouteStore;
  readonly suppressions: SuppressionStore;
  readonly templates: Templates;
  readonly apiKeys: ApiKeyStore;
  readonly idempotency: IdempotencyStore;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
};

/** Each use case names the stores that it needs; together they are what has to be given. */
type Needs = Parameters<typeof makeCreateCampaign>[0] &
  Parameters<typeof makeEditCampaign>[0] &
  Omit<Parameters<typeof makeRemoveCampaign>[0], 'isLoading'> &
  Parameters<typeof makeControlCampaign>[0] &
  Parameters<typeof makeScheduleCampaign>[0] &
  Parameters<typeof makeReadProgress>[0] &
  Parameters<typeof makePutRoute>[0] &
  Parameters<typeof makeRemoveRoute>[0] &
  Parameters<typeof makeSetRouting>[0] &
  Parameters<typeof makeSuppress>[0] &
  Parameters<typeof makeTeachReply>[0] &
  Parameters<typeof makeDiagnose>[0] &
  Parameters<typeof makeReadProviders>[0] &
  Parameters<typeof makeEditProvider>[0] &
  Parameters<typeof makeOrderLane>[0] &
  Parameters<typeof makeDrawLane>[0];

/** Everything that the HTTP side may ask for: the use cases, and the stores that are only read. */
export function makeApi(given: Needs & Read) {
  return {
    createCampaign: makeCreateCampaign(given),
    editCampaign: makeEditCampaign(given),
    removeCampaign: makeRemoveCampaign({
      ...given,
      isLoading: async (importId) => (await given.imports.get(importId))?.state === 'loading',
    }),
    controlCampaign: makeControlCampaign(given),
    scheduleCampaign: makeScheduleCampaign(given),
    readProgress: makeReadProgress(given),
    importRecipients: given.importRecipients,
    putRoute: makePutRoute(given),
    removeRoute: makeRemoveRoute(given),
    setRouting: makeSetRouting(given),
    suppress: makeSuppress(given),
    teachReply: makeTeachReply(given),
    diagnose: makeDiagnose(given),
    providers: makeReadProviders(given),
    editProvider: makeEditProvider(given),
    orderLane: makeOrderLane(given),
    drawLane: makeDrawLane(given),
    campaigns: given.campaigns,
    recipients: given.recipients,
    imports: given.imports,
    lanes: given.lanes,
    routes: given.routes,
    suppressions: given.suppressions,
    unknownReplies: given.unknownReplies,
    replyRules: given.replyRules,
    templates: given.templates,
    apiKeys: given.apiKeys,
    idempotency: given.idempotency,
    clock: given.clock,
    newId: given.newId,
    log: given.log,
  };
}

export type Api = ReturnType<typeof makeApi>;
