/** What Alice does on a good day. */

import type { ActionGroup } from '../view/actions.ts';

export const honest: ActionGroup = {
  title: 'Alice',
  actions: [
    { name: 'Log in as Alice', hint: 'gets a token', run: async ({ alice }) => void (await alice.logIn()) },
    { name: 'GET /orders', hint: 'uses that token', run: async ({ alice }) => void (await alice.getOrders()) },
  ],
};
