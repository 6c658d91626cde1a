import { systemClock } from '../../src/adapters/clock.ts';
import { makeNewId } from '../../src/adapters/mongo/client.ts';

export const newId = makeNewId(systemClock);
