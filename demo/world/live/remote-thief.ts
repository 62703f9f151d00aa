/** The thief who is a process of his own: the page hands him the loot, and he tells what became of it. */

import type { Captured } from '../line.ts';
import type { Tell } from '../wiretap.ts';
import type { Bent, Thief } from '../world.ts';
import { carryCapture, readAttempt, type CarriedAttempt } from './carried.ts';
import { answerOf, post } from './post.ts';

export class RemoteThief implements Thief {
  readonly jkt: string;
  readonly #address: string;
  readonly #tell: Tell;

  private constructor(jkt: string, address: string, tell: Tell) {
    this.jkt = jkt;
    this.#address = address;
    this.#tell = tell;
  }

  static async meet(address: string, tell: Tell): Promise<RemoteThief> {
    const { jkt } = await answerOf<{ jkt: string }>(await fetch(`${address}/`));
    return new RemoteThief(jkt, address, tell);
  }

  use = (accessToken: string): Promise<void> => this.#hand('use', { accessToken });

  tamper = (accessToken: string): Promise<void> => this.#hand('tamper', { accessToken });

  send = (captured: Captured, bent: Bent): Promise<void> => this.#hand('send', { captured: carryCapture(captured), bent });

  async #hand(deed: string, loot: object): Promise<void> {
    for (const attempt of await post<CarriedAttempt[]>(`${this.#address}/${deed}`, loot)) this.#tell(readAttempt(attempt));
  }
}
