import type { Endpoint } from './endpoint.ts';
import { campaignEndpoints } from './endpoints/campaigns.ts';
import { controlEndpoints } from './endpoints/control.ts';
import { healthEndpoints } from './endpoints/health.ts';
import { importEndpoints } from './endpoints/imports.ts';
import { laneEndpoints } from './endpoints/lanes.ts';
import { recipientEndpoints } from './endpoints/recipients.ts';
import { routeEndpoints } from './endpoints/routes.ts';
import { suppressionEndpoints } from './endpoints/suppressions.ts';

/** Every route there is, but for the document that describes them. */
export const ROUTES: readonly Endpoint[] = [
  ...campaignEndpoints,
  ...controlEndpoints,
  ...importEndpoints,
  ...recipientEndpoints,
  ...laneEndpoints,
  ...routeEndpoints,
  ...suppressionEndpoints,
  ...healthEndpoints,
];
