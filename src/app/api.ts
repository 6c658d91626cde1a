import type { ApiDeps } from './api-ports.ts';
import { makeControlCampaign } from './control-campaign.ts';
import { makeCreateCampaign } from './create-campaign.ts';
import { makeDiagnose } from './diagnose.ts';
import { makeDrawLane } from './draw-lane.ts';
import { makeEditCampaign } from './edit-campaign.ts';
import { makeOrderLane } from './order-lane.ts';
import { makeReadProgress } from './progress.ts';
import { makeEditProvider, makeReadProviders } from './providers.ts';
import { makeRemoveCampaign } from './remove-campaign.ts';
import { makeRouteMail } from './route-mail.ts';
import { makePutRoute, makeRemoveRoute } from './routes.ts';
import { makeScheduleCampaign } from './schedule-campaign.ts';
import { makeSuppress } from './suppress.ts';
import { makeTeachReply } from './teach-reply.ts';

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
    routeMail: makeRouteMail(deps),
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
