/** A self-signed certificate for this machine, made anew for each run: browsers speak HTTP/2 over TLS alone. */

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** What a TLS server is given, in PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const weekSeconds = 7 * 24 * 3600;

/** A certificate (X.509 v3, RFC 5280 §4.1) for localhost and 127.0.0.1, good for a week; its key is of P-256. */
export function makeCertificate(): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const nowSeconds = Date.now() / 1000;
  const ecdsaWithSha256 = sequence(objectIdentifier('2a8648ce3d040302'));
  const name = sequence(set(sequence(objectIdentifier('550403'), der(0x0c, Buffer.from('keybound tests')))));
  const alternativeNames = sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])));
  const content = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    // The first bit is clear and the first byte is not: a positive number, in the fewest bytes.
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    name,
    sequence(utcTime(nowSeconds - 3600), utcTime(nowSeconds + weekSeconds)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(objectIdentifier('551d11'), der(0x04, alternativeNames)))),
  );
  const noUnusedBits = Buffer.from([0]);
  const signature = der(0x03, noUnusedBits, sign('sha256', content, privateKey));
  const base64 = sequence(content, ecdsaWithSha256, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
}

/** Tag, length and content (X.690 §8.1). */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...derLength(content.length)]), content]);
}

function derLength(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

const sequence = (...members: readonly Uint8Array[]) => der(0x30, ...members);
const set = (...members: readonly Uint8Array[]) => der(0x31, ...members);
const integer = (bytes: Uint8Array) => der(0x02, bytes);
const objectIdentifier = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));

function utcTime(seconds: number): Buffer {
  const digits = new Date(seconds * 1000).toISOString().replace(/\.\d+|\D/g, '');
  return der(0x17, Buffer.from(`${digits.slice(2)}Z`));
}
