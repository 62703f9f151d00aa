/** The right key, but what it is used with is over. */

import { copyOf } from '../world/line.ts';
import type { ActionGroup } from '../view/actions.ts';

export const endings: ActionGroup = {
  title: 'Right key, too late',
  actions: [
    {
      name: 'Expired token',
      hint: 'an hour old',
      run: async ({ alice, world }) => void (await alice.getOrders(await world.issueExpired(alice.keybound.jkt))),
    },
    {
      name: 'Revoke',
      hint: 'then tries it',
      async run({ alice }) {
        await alice.revoke();
        await alice.getOrders();
      },
    },
    {
      name: 'Reuse nonce',
      hint: 'in a new proof',
      async run({ alice }) {
        const { captured } = await copyOf(() => alice.getOrdersAlive());
        const { url, method, nonce } = captured;
        const accessToken = await alice.liveToken();
        const proof = await alice.keybound.proof({ url, method, accessToken, nonce });
        await alice.fetch(url, { headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof } });
      },
    },
  ],
};
