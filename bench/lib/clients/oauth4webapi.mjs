// oauth4webapi keeps the nonces in its DPoP handle; a key that is kept and one retry are what its user writes.
import { get, set } from 'idb-keyval';
import { DPoP, allowInsecureRequests, generateKeyPair, isDPoPNonceError, protectedResourceRequest } from 'oauth4webapi';

export async function open(name) {
  let keys = await get(name);
  if (!keys) await set(name, (keys = await generateKeyPair('ES256', { extractable: false })));
  const handle = DPoP({ client_id: 'app' }, keys);
  const options = { DPoP: handle, [allowInsecureRequests]: true };

  const protect = ({ accessToken }) => async (url, { method = 'GET', headers, body } = {}) => {
    const send = () => protectedResourceRequest(accessToken, method, new URL(url), new Headers(headers), body, options);
    return send().catch((error) => {
      if (isDPoPNonceError(error)) return send();
      throw error;
    });
  };
  return { jkt: await handle.calculateThumbprint(), protect };
}
