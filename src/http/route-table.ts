import type { Endpoint } from './endpoint.ts';
import { campaignEndpoints } from './endpoints/campaigns.ts';
import { controlEndpoints } from './endpoints/control.ts';
import { diagnosisEndpoints } from './endpoints/diagnosis.ts';
import { healthEndpoints } from './endpoints/health.ts';
import { importEndpoints } from './endpoints/imports.ts';
import { laneOrderEndpoints } from './endpoints/lane-orders.ts';
import { laneEndpoints } from './endpoints/lanes.ts';
import { providerEndpoints } from './endpoints/providers.ts';
import { recipientEndpoints } from './endpoints/recipients.ts';
import { replyEndpoints } from './endpoints/replies.ts';
import { routeEndpoints } from './endpoints/routes.ts';
import { suppressionEndpoints } from './endpoints/suppressions.ts';

/** Every route there is, but for the document that describes them. */
export const ROUTES: readonly Endpoint[] = [
  ...campaignEndpoints,
  ...controlEndpoints,
  ...importEndpoints,
  ...recipientEndpoints,
  ...laneEndpoints,
  ...laneOrderEndpoints,
  ...providerEndpoints,
  ...diagnosisEndpoints,
  ...replyEndpoints,
  ...routeEndpoints,
  ...suppressionEndpoints,
  ...healthEndpoints,
];
