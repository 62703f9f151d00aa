/** The thief has the token, and a key of his own. */

import type { ActionGroup } from '../view/actions.ts';

export const thefts: ActionGroup = {
  title: 'A thief has her token',
  actions: [
    {
      name: 'Steal token',
      hint: 'signs with his key',
      async run(stage) {
        const stolen = await stage.alice.liveToken();
        await stage.asThief((thief) => thief.use(stolen));
      },
    },
    {
      name: 'Tamper',
      hint: 'writes his key in',
      async run(stage) {
        const stolen = await stage.alice.liveToken();
        await stage.asThief((thief) => thief.use(thief.forge(stolen)));
      },
    },
  ],
};
