/** Where tests in a page order stages: a control origin. */

import { makeCertificate } from './certificate.ts';
import { listenControl } from './control.ts';
import type { Listening } from './listen.ts';
import { openStage, type Stage, type StageOptions } from './stage.ts';

/** What the answer to an order says. */
export interface OrderedStage {
  /** The stage's address at the control origin. */
  readonly control: string;
  readonly origin: string;
}

/** `POST /` with {@link StageOptions} opens a stage. At its address there, `GET` tells what it was sent, and `DELETE` closes it. */
export async function startStages(): Promise<Listening> {
  const certificate = makeCertificate();
  const stages: Stage[] = [];

  async function obey(request: Request, control: string): Promise<object | undefined> {
    const stage = stages[Number(new URL(request.url).pathname.slice(1)) - 1];
    if (request.method === 'DELETE') await stage?.close();
    if (request.method !== 'POST') return stage?.requests;
    const opened = await openStage((await request.json()) as StageOptions, certificate);
    const order: OrderedStage = { control: `${control}/${stages.push(opened)}`, origin: opened.origin };
    return order;
  }

  const control = await listenControl(obey);
  return { origin: control.origin, close: async () => void (await Promise.all([control, ...stages].map((one) => one.close()))) };
}
