import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Seal } from '../app/ports.ts';

/** Secrets at rest: AES-256-GCM (NIST SP 800-38D). The name a secret belongs to is bound to it, so that none can be swapped. */

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Tells keys apart without saying anything useful about them. */
export const keyIdOf = (key: Uint8Array): string =>
  createHash('sha256').update('offpeak key id').update(key).digest('hex').slice(0, 8);

/** Sealed text is `v1.<key id>.<base64url of iv, tag and cipher text>`; `open` throws when key, name or text do not match. */
export function makeSeal(key: Uint8Array): Seal {
  if (key.length !== KEY_BYTES) throw new Error(`the sealing key has ${key.length} bytes, it needs ${KEY_BYTES}`);
  const keyId = keyIdOf(key);
  return {
    seal(plain, about) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(about));
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return `v1.${keyId}.${Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url')}`;
    },

    open(sealed, about) {
      const [version, sealedWith, packed] = sealed.split('.');
      if (version !== 'v1' || packed === undefined) throw new Error('not a sealed secret');
      if (sealedWith !== keyId) throw new Error(`sealed with key ${sealedWith}, ours is ${keyId}`);
      const bytes = Buffer.from(packed, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
    },
  };
}

/** The file exists and holds no key. A new one would not open what the old one sealed, so a person must decide. */
export class BadKeyFile extends Error {
  constructor(file: string) {
    super(
      `${file} holds no key (64 hex digits). Put the right file back; or, if the routes' passwords are to be given anew, delete it.`,
    );
  }
}

/** The key that seals the routes' passwords: given, or made once in the data folder, which must be there; readable by its owner alone. */
export async function secretKey(given: string | undefined, dataDir: string): Promise<Uint8Array> {
  if (given) return Buffer.from(given, 'hex');
  const file = join(dataDir, 'secret.key');
  try {
    // `wx`: of two programs that start at once, one makes the key and both read it.
    await writeFile(file, `${randomBytes(32).toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const text = (await readFile(file, 'utf8')).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) throw new BadKeyFile(file);
  return Buffer.from(text, 'hex');
}
