/** Everybody on stage: the world with its servers, Alice, the thief, and who writes down what happens. */

import type { Entry } from '../exchange.ts';
import { Alice } from './alice.ts';
import { Recorder } from './recorder.ts';
import type { OpenWorld, Thief, World } from './world.ts';

/** What a stage is set with. */
interface StageParts {
  readonly open: OpenWorld;
  readonly show: (entry: Entry) => void;
  readonly onKeyGone: () => void;
  readonly onLost: (sentence: string) => void;
}

export class Stage {
  readonly recorder: Recorder;
  readonly world: World;
  readonly alice: Alice;
  #thief: Thief;

  private constructor(recorder: Recorder, world: World, alice: Alice, thief: Thief) {
    this.recorder = recorder;
    this.world = world;
    this.alice = alice;
    this.#thief = thief;
  }

  static async set({ open, show, onKeyGone, onLost }: StageParts): Promise<Stage> {
    const recorder = new Recorder(show);
    const world = await open({ sent: recorder.sent, decided: recorder.decided, lost: onLost });
    const alice = await Alice.create({ world, tell: recorder.sent, onKeyGone });
    return new Stage(recorder, world, alice, await world.createThief());
  }

  get thief(): Thief {
    return this.#thief;
  }

  /** New servers, new keys, no token. */
  async reset(): Promise<void> {
    await this.world.reset();
    await this.alice.startOver();
    this.#thief = await this.world.createThief();
  }
}
