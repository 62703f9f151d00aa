/** The thief has the token, and a key of his own. */

import type { ActionGroup } from '../view/actions.ts';

export const thefts: ActionGroup = {
  title: 'A thief has her token',
  actions: [
    {
      name: 'Steal token',
      hint: 'signs with his key',
      run: async ({ alice, thief }) => thief.use(await alice.liveToken()),
    },
    {
      name: 'Tamper',
      hint: 'writes his key in',
      run: async ({ alice, thief }) => thief.tamper(await alice.liveToken()),
    },
  ],
};
