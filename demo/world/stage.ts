/** Everybody on stage: the servers, Alice, the thief, and who writes down what happens. */

import type { MockServers } from 'keybound/msw';
import type { Entry } from '../exchange.ts';
import { Alice } from './alice.ts';
import { Recorder } from './recorder.ts';
import { startServers } from './servers.ts';
import { Thief } from './thief.ts';

export class Stage {
  readonly recorder: Recorder;
  readonly servers: MockServers;
  readonly alice: Alice;
  #thief: Thief;

  private constructor(recorder: Recorder, servers: MockServers, alice: Alice, thief: Thief) {
    this.recorder = recorder;
    this.servers = servers;
    this.alice = alice;
    this.#thief = thief;
  }

  static async set(show: (entry: Entry) => void, onKeyGone: () => void): Promise<Stage> {
    const recorder = new Recorder(show);
    const servers = await startServers(recorder.decided);
    const alice = await Alice.create({ servers, tell: recorder.sent, onKeyGone });
    return new Stage(recorder, servers, alice, await Thief.create(recorder.sent));
  }

  get thief(): Thief {
    return this.#thief;
  }

  /** New servers, new keys, no token. */
  async reset(): Promise<void> {
    await this.servers.reset();
    await this.alice.startOver();
    this.#thief = await Thief.create(this.recorder.sent);
  }
}
