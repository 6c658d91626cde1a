import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ApiKeyStore } from '../../app/api/ports.ts';
import type { Clock, NewId } from '../../app/ports.ts';
import { upserted } from './client.ts';
import type { Collections } from './documents.ts';

/** A random key of 256 bits needs no salt and no slow hash: nobody can guess through SHA-256 (OWASP). */
const SECRET_BYTES = 32;

const digestOf = (key: string) => createHash('sha256').update(key).digest();

export function mongoApiKeys({ apiKeys }: Pick<Collections, 'apiKeys'>, clock: Clock, newId: NewId): ApiKeyStore {
  return {
    async owner(key) {
      const digest = digestOf(key);
      const doc = await apiKeys.findOne({ digest: digest.toString('hex') });
      // The index finds it by a digest that the caller can not steer; this makes sure of it in constant time.
      if (!doc || !timingSafeEqual(digest, Buffer.from(doc.digest, 'hex'))) return null;
      return { id: doc._id, name: doc.name };
    },

    async issue(name) {
      const [id, secret] = [newId(), randomBytes(SECRET_BYTES).toString('base64url')];
      const key = `offpeak_${id}_${secret}`;
      await apiKeys.insertOne({
        _id: id,
        digest: digestOf(key).toString('hex'),
        name,
        createdAt: new Date(clock.now()),
      });
      return { id, name, key };
    },

    async admit(key, name) {
      const digest = digestOf(key).toString('hex');
      await apiKeys.deleteMany({ name, digest: { $ne: digest } });
      const fresh = { _id: newId(), digest, name, createdAt: new Date(clock.now()) };
      await upserted(() => apiKeys.updateOne({ digest }, { $setOnInsert: fresh }, { upsert: true }));
    },

    async revoke(id) {
      return (await apiKeys.deleteOne({ _id: id })).deletedCount === 1;
    },

    async list() {
      const docs = await apiKeys.find({}, { projection: { digest: 0 }, sort: { _id: 1 } }).toArray();
      return docs.map(({ _id, name, createdAt }) => ({ id: _id, name, createdAt }));
    },
  };
}
