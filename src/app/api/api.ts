import { makeControlCampaign } from '../campaigns/control.ts';
import { makeCreateCampaign } from '../campaigns/create.ts';
import { makeEditCampaign } from '../campaigns/edit.ts';
import { makeReadProgress } from '../campaigns/progress.ts';
import { makeRemoveCampaign } from '../campaigns/remove.ts';
import { makeScheduleCampaign } from '../campaigns/schedule.ts';
import { makeDiagnose } from '../operator/diagnose.ts';
import { makeDrawLane } from '../operator/draw-lane.ts';
import { makeEditProvider, makeReadProviders } from '../operator/edit-provider.ts';
import { makeOrderLane } from '../operator/order-lane.ts';
import { makePutRoute, makeRemoveRoute } from '../operator/put-route.ts';
import { makeSetRouting } from '../operator/set-routing.ts';
import { makeSuppress } from '../operator/suppress.ts';
import { makeTeachReply } from '../replies/teach.ts';
import type { ApiDeps } from './ports.ts';

/** Everything that the HTTP side may ask for: the use cases, and the stores that are only read. */
export function makeApi(deps: ApiDeps) {
  return {
    createCampaign: makeCreateCampaign(deps),
    editCampaign: makeEditCampaign(deps),
    removeCampaign: makeRemoveCampaign(deps),
    controlCampaign: makeControlCampaign(deps),
    scheduleCampaign: makeScheduleCampaign(deps),
    readProgress: makeReadProgress(deps),
    importRecipients: deps.importRecipients,
    putRoute: makePutRoute(deps),
    removeRoute: makeRemoveRoute(deps),
    setRouting: makeSetRouting(deps),
    suppress: makeSuppress(deps),
    teachReply: makeTeachReply(deps),
    diagnose: makeDiagnose(deps),
    providers: makeReadProviders(deps),
    editProvider: makeEditProvider(deps),
    orderLane: makeOrderLane(deps),
    drawLane: makeDrawLane(deps),
    campaigns: deps.campaigns,
    recipients: deps.recipients,
    imports: deps.imports,
    lanes: deps.lanes,
    routes: deps.routes,
    suppressions: deps.suppressions,
    unknownReplies: deps.unknownReplies,
    replyRules: deps.replyRules,
    templates: deps.templates,
    apiKeys: deps.apiKeys,
    idempotency: deps.idempotency,
    clock: deps.clock,
    newId: deps.newId,
    log: deps.log,
  };
}

export type Api = ReturnType<typeof makeApi>;
