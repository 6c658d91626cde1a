import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate authority of the test's own, so that no private key need be kept in a file. X.509 v3 (RFC 5280), P-256. */

export type Certificate = { readonly cert: string; readonly key: string };
export type Authority = { readonly ca: string; issue(...names: readonly string[]): Certificate };

export function makeAuthority(name = 'Test CA'): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const constraints = extension('551d13', true, seq(Buffer.from([0x01, 0x01, 0xff])));
  return {
    ca: certify(name, name, own.publicKey, own.privateKey, constraints),
    issue(...names) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const alternatives = seq(...names.map((one) => der(0x82, Buffer.from(one)))); // dNSName
      return {
        cert: certify(name, names[0]!, publicKey, own.privateKey, extension('551d11', false, alternatives)),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

function certify(issuer: string, subject: string, key: KeyObject, signer: KeyObject, ...extensions: Buffer[]): string {
  const algorithm = seq(oid('2a8648ce3d040302')); // ecdsa-with-SHA256
  serial += 1;
  const toSign = seq(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1, serial])),
    algorithm,
    commonName(issuer),
    seq(der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z'))),
    commonName(subject),
    key.export({ type: 'spki', format: 'der' }),
    der(0xa3, seq(...extensions)),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', toSign, signer)]));
  const text = seq(toSign, algorithm, signature).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}

let serial = 0;

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
const seq = (...parts: readonly Buffer[]) => der(0x30, Buffer.concat(parts));
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const commonName = (name: string) => seq(der(0x31, seq(oid('550403'), der(0x0c, Buffer.from(name)))));
const extension = (id: string, isCritical: boolean, value: Buffer) =>
  seq(oid(id), ...(isCritical ? [Buffer.from([0x01, 0x01, 0xff])] : []), der(0x04, value));
