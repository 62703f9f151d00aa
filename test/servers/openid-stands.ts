/** Other people's OpenID providers, one for each list of algorithms, each with the resource servers that take its tokens. */

import type { Listening } from './listen.ts';
import { startOpenIdProvider, type OpenIdProviderOptions } from './openid-provider.ts';
import { startValidators, type Validator } from './validators.ts';

/** By the algorithm that a proof's header then names, what such a provider takes. */
const algorithmLists = { Ed25519: ['Ed25519', 'ES256'], EdDSA: ['EdDSA'], ES256: ['ES256'] };

/** What a client finds there. */
export interface OpenIdStand {
  readonly issuer: string;
  /** Ask for it as `resource`, and the access token is a JWT that the APIs take. */
  readonly audience: string;
  /** `GET /orders` at one of these origins. */
  readonly apis: Readonly<Record<Validator, string>>;
}

export type OpenIdStands = Readonly<Record<keyof typeof algorithmLists, OpenIdStand>>;

export async function startOpenIdStands(options: Omit<OpenIdProviderOptions, 'algorithms'>) {
  const { pageOrigin, audience } = options;
  const running: Pick<Listening, 'close'>[] = [];
  const start = async ([name, algorithms]: [string, string[]]) => {
    const { origin: issuer, close } = await startOpenIdProvider({ ...options, algorithms });
    const validators = await startValidators({ pageOrigin, issuer, audience });
    running.push({ close }, validators);
    return [name, { issuer, audience, apis: validators.origins }] as const;
  };
  const stands = Object.fromEntries(await Promise.all(Object.entries(algorithmLists).map(start))) as unknown as OpenIdStands;
  return { stands, close: async () => void (await Promise.all(running.map((server) => server.close()))) };
}
