/** No OAuth library: forms and fetch. */

import { makePkce } from '../surroundings.ts';
import { loginParameters, type Connect, type Pending, type Tokens } from './client.ts';

interface Metadata extends Record<'authorization_endpoint' | 'token_endpoint' | 'userinfo_endpoint' | 'end_session_endpoint', string> {
  readonly dpop_signing_alg_values_supported: readonly string[];
}

export const connect: Connect = async (registration, open) => {
  const { issuer, clientId, redirectUri, audience } = registration;
  const metadata = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as Metadata;
  const keybound = await open(metadata.dpop_signing_alg_values_supported);

  async function ask(form: Record<string, string>): Promise<Tokens> {
    const response = await keybound.fetch(metadata.token_endpoint, { method: 'POST', body: new URLSearchParams({ ...form, client_id: clientId }) });
    const answer = (await response.json()) as Tokens & { error: string };
    if (!response.ok) throw Object.assign(new Error(JSON.stringify(answer)), { error: answer.error });
    return answer;
  }

  return {
    keybound,
    async begin() {
      const { verifier, challenge } = await makePkce();
      const pending: Pending = { verifier, state: crypto.randomUUID() };
      const query = new URLSearchParams(loginParameters(registration, keybound, pending, challenge));
      return { url: new URL(`${metadata.authorization_endpoint}?${query}`), pending };
    },
    async redeem({ searchParams: back }, { verifier, state }) {
      if (back.get('state') !== state || back.get('iss') !== issuer) throw new Error('not the answer to our request');
      return ask({ grant_type: 'authorization_code', code: back.get('code')!, code_verifier: verifier, redirect_uri: redirectUri });
    },
    refresh: ({ refresh_token }) => ask({ grant_type: 'refresh_token', refresh_token: refresh_token!, resource: audience }),
    async userinfo({ access_token }) {
      const response = await keybound.fetch(metadata.userinfo_endpoint, { headers: { Authorization: `DPoP ${access_token}` } });
      return (await response.json()) as { email: string };
    },
    logoutUrl: ({ id_token }) =>
      new URL(`${metadata.end_session_endpoint}?${new URLSearchParams({ id_token_hint: id_token!, post_logout_redirect_uri: redirectUri })}`),
  };
};
