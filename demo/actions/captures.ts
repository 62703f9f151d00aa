/** The thief is on the line: he copies or holds back a whole request of Alice's, proof and all. */

import { copyOf, holdBack } from '../world/line.ts';
import type { Stage } from '../world/stage.ts';
import type { Bent } from '../world/world.ts';
import type { ActionGroup } from '../view/actions.ts';

export const captures: ActionGroup = {
  title: 'A thief is on the line',
  actions: [
    { name: 'Replay', hint: 'her request, twice', run: (stage) => sendCopy(stage) },
    { name: 'Replay on replica B', hint: 'then at B', run: (stage) => sendCopy(stage, { url: `${stage.world.addresses.replicaB}/orders` }) },
    { name: 'Wrong URL', hint: 'to /admin/payroll', run: (stage) => sendHeld(stage, { url: `${stage.world.addresses.api}/admin/payroll` }) },
    { name: 'Wrong method', hint: 'GET into DELETE', run: (stage) => sendHeld(stage, { method: 'DELETE' }) },
  ],
};

/** Her request arrives; then its copy does. */
async function sendCopy({ alice, thief }: Stage, bent: Bent = {}): Promise<void> {
  const { captured } = await copyOf(() => alice.getOrdersAlive());
  await thief.send(captured, bent);
}

/** Her request never arrives, so its proof and its nonce are unspent: only what he bent can stop it. */
async function sendHeld({ alice, thief }: Stage, bent: Bent): Promise<void> {
  const accessToken = await alice.liveToken();
  const held = await holdBack(() => alice.getOrders(accessToken));
  await thief.send(held, bent);
}
