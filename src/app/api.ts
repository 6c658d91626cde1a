import type { ApiDeps } from './api-ports.ts';
import { makeControlCampaign } from './control-campaign.ts';
import { makeCreateCampaign } from './create-campaign.ts';
import { makeEditCampaign } from './edit-campaign.ts';
import { makeReadProgress } from './progress.ts';
import { makeRemoveCampaign } from './remove-campaign.ts';
import { makeRouteMail } from './route-mail.ts';
import { makePutRoute, makeRemoveRoute } from './routes.ts';
import { makeScheduleCampaign } from './schedule-campaign.ts';
import { makeSuppress } from './suppress.ts';

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
    campaigns: deps.campaigns,
    recipients: deps.recipients,
    imports: deps.imports,
    lanes: deps.lanes,
    routes: deps.routes,
    suppressions: deps.suppressions,
    templates: deps.templates,
    apiKeys: deps.apiKeys,
    idempotency: deps.idempotency,
    clock: deps.clock,
    newId: deps.newId,
    log: deps.log,
  };
}

export type Api = ReturnType<typeof makeApi>;
