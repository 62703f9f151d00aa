/** Where tests in a page order lanes: a control origin. */

import { makeCertificate } from './certificate.ts';
import { listenControl } from './control.ts';
import { openLane, type Lane, type LaneOptions } from './lane.ts';
import type { Listening } from './listen.ts';

/** What the answer to an order says. */
export interface OrderedLane {
  /** The lane's address at the control origin. */
  readonly control: string;
  readonly origin: string;
  readonly accessToken: string;
}

/**
 * `POST /` with {@link LaneOptions} opens a lane, and answers with an {@link OrderedLane}. At the lane's address there:
 * `GET` is its report, `GET ?arrived=<count>` the same once so many requests have come, and `DELETE` closes it.
 */
export async function startLanes(): Promise<Listening> {
  const certificate = makeCertificate();
  const lanes = new Map<string, Lane>();

  async function obey(request: Request, control: string): Promise<object | undefined> {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === 'POST') {
      const lane = await openLane((await request.json()) as LaneOptions, certificate);
      const address = `/${lanes.size}`;
      lanes.set(address, lane);
      const { origin, accessToken } = lane;
      return { control: control + address, origin, accessToken } satisfies OrderedLane;
    }
    const lane = lanes.get(pathname);
    if (request.method === 'DELETE') await lane?.close();
    else await lane?.arrived(Number(searchParams.get('arrived')));
    return lane?.report();
  }

  const control = await listenControl(obey);
  const close = async () => void (await Promise.all([control, ...lanes.values()].map((listening) => listening.close())));
  return { origin: control.origin, close };
}
