import type { RouteStore } from '../../app/lanes/ports.ts';
import type { Seal } from '../../app/ports.ts';
import type { Route, RouteTarget } from '../../core/lanes/routing.ts';
import { upserted } from './client.ts';
import type { Collections, RouteDoc } from './documents.ts';

const ROUTING = 'routing';
const REVISION = 'revision';

/** Once the change is written and before it is acknowledged: whoever reads the revision after that sees both. */
export async function raiseRevision(routing: Collections['routing']): Promise<void> {
  await upserted(() => routing.updateOne({ _id: REVISION }, { $inc: { revision: 1 } }, { upsert: true }));
}

export function mongoRoutes({ routes, routing }: Pick<Collections, 'routes' | 'routing'>, seal: Seal): RouteStore {
  const toRoute = ({ _id, sealedTarget, connections, ratePerSecond }: RouteDoc): Route => ({
    name: _id,
    target: JSON.parse(seal.open(sealedTarget, _id)) as RouteTarget,
    connections,
    ratePerSecond,
  });
  return {
    async put({ name, target, connections, ratePerSecond }) {
      const doc = { sealedTarget: seal.seal(JSON.stringify(target), name), connections, ratePerSecond };
      await upserted(() => routes.replaceOne({ _id: name }, doc, { upsert: true }));
      await raiseRevision(routing);
    },

    async get(name) {
      const doc = await routes.findOne({ _id: name });
      return doc ? toRoute(doc) : null;
    },

    async all() {
      return (await routes.find({}, { sort: { _id: 1 } }).toArray()).map(toRoute);
    },

    async remove(name) {
      const { deletedCount } = await routes.deleteOne({ _id: name });
      await raiseRevision(routing);
      return deletedCount === 1;
    },

    async routing() {
      return (await routing.findOne({ _id: ROUTING }))?.rules ?? [];
    },

    async putRouting(rules) {
      await upserted(() => routing.replaceOne({ _id: ROUTING }, { rules }, { upsert: true }));
      await raiseRevision(routing);
    },

    async revision() {
      return (await routing.findOne({ _id: REVISION }))?.revision ?? 0;
    },
  };
}
