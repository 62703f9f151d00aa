// The fetch that atproto's client sends by. The package does not export it: it is imported by its path.
import { WebcryptoKey } from '@atproto/jwk-webcrypto';
import { dpopFetchWrapper } from '../../node_modules/@atproto/oauth-client/dist/fetch-dpop.js';
import { calculateJwkThumbprint } from 'jose';

export async function open() {
  const key = await WebcryptoKey.generate(['ES256'], undefined, { extractable: false });
  const protect = ({ accessToken }) => {
    const send = dpopFetchWrapper({ key, supportedAlgs: ['ES256'], nonces: new Map(), isAuthServer: false });
    return (url, init) => send(url, { ...init, headers: { Authorization: `DPoP ${accessToken}`, ...init?.headers } });
  };
  return { jkt: await calculateJwkThumbprint(key.bareJwk), protect };
}
