/** The epochs of all shards, as they were read. */

import { digest } from '../crypto/web.ts';
import { encodeBase64url } from '../protocol/base64url.ts';
import { utf8 } from '../protocol/bytes.ts';
import type { SendCommand } from './client.ts';
import {
  clockStepSeconds,
  expectedSeconds,
  hasStepped,
  latestRedisSeconds,
  nextReference,
  ownTime,
  wasSetBack,
  type ClockReference,
  type OwnTime,
} from './clock.ts';
import { askEpoch, bornAtSecondsOf, type EpochAnswer, type FenceValues } from './epoch.ts';
import type { Shards } from './shards.ts';
import type { RedisStoreError } from './store-error.ts';

/** The epoch of a shard, and what its server's clock is compared with. */
interface Part {
  readonly epoch: string;
  readonly clock: ClockReference;
}

// Whatever is spent is kept for longer than this.
const youngSeconds = 1;

/** The epochs of all shards at one moment, under one short name. */
interface Reading {
  readonly name: string;
  readonly parts: readonly Part[];
  readonly at: OwnTime;
}

/** What {@link Epochs} are read by. */
export interface EpochsParts {
  readonly send: SendCommand;
  readonly shards: Shards;
  readonly lifetimeSeconds: number;
  readonly operationTimeoutSeconds: number;
  readonly nowSeconds: () => number;
}

/**
 * The epochs of all shards, read now and then. That a reading may be old does no harm: whoever spends says which epoch
 * it goes by, and the script compares. Only where this process' own clock was set back since, it is of no use.
 */
export class Epochs {
  readonly #parts: EpochsParts;
  #reading: Reading | undefined;
  #isStale = true;
  #inFlight: Promise<Reading> | undefined;

  /** Nothing is read before it is asked for. */
  constructor(parts: EpochsParts) {
    this.#parts = parts;
  }

  /**
   * The name of what all shards hold now, as of at most `lifetimeSeconds` ago.
   *
   * @throws RedisStoreError where no shard answers, one never did, or one is set up to evict.
   */
  async name(): Promise<string> {
    return (await this.#current()).name;
  }

  /**
   * Since when all shards are whole, in seconds since 1970.
   *
   * @throws RedisStoreError as `name` does.
   */
  async bornAtSeconds(): Promise<number> {
    const { parts } = await this.#current();
    return Math.max(...parts.map(({ epoch }) => bornAtSecondsOf(epoch)));
  }

  /** What a script in a shard has to find, by the name that was given out; undefined where that is known to be history. */
  fenceOf(name: string, shard: number): FenceValues | undefined {
    const reading = this.#reading;
    const isKnown = reading?.name === name && !wasSetBack(reading.at, this.#ownTime());
    return isKnown ? this.#fence(reading.parts[shard]!) : undefined;
  }

  /**
   * What a script in a shard has to find, as of at most `lifetimeSeconds` ago.
   *
   * @throws RedisStoreError as `name` does.
   */
  async fenceNow(shard: number): Promise<FenceValues> {
    return this.#fence((await this.#current()).parts[shard]!);
  }

  /** Says that a shard has another epoch, or another time, than was read: whoever asks next has it read again. */
  expire(): void {
    this.#isStale = true;
  }

  // A command may take its time; one that comes later still is late for its caller too, and is refused.
  #fence({ epoch, clock }: Part): FenceValues {
    const latest = latestRedisSeconds(clock, this.#ownTime()) + this.#parts.operationTimeoutSeconds + clockStepSeconds;
    return [epoch, latest.toFixed(6)];
  }

  async #current(): Promise<Reading> {
    const reading = this.#reading;
    return reading && this.#isFresh(reading) ? reading : (this.#inFlight ??= this.#read());
  }

  #isFresh({ at }: Reading): boolean {
    const own = this.#ownTime();
    return !this.#isStale && own.upSeconds - at.upSeconds < this.#parts.lifetimeSeconds && !wasSetBack(at, own);
  }

  async #read(): Promise<Reading> {
    const at = this.#ownTime();
    this.#isStale = false;
    try {
      const parts = await this.#readShards(at);
      const hash = await digest(utf8(parts.map(({ epoch }) => epoch).join(' ')));
      this.#reading = { name: encodeBase64url(hash.subarray(0, 16)), parts, at };
      return this.#reading;
    } catch (error) {
      this.#isStale = true;
      throw error;
    } finally {
      this.#inFlight = undefined;
    }
  }

  // A shard that is down keeps its last name: what is spent there fails by itself, and the others work on.
  async #readShards(before: OwnTime): Promise<Part[]> {
    const shards = Array.from({ length: this.#parts.shards.count }, (_, shard) => shard);
    const results = await Promise.allSettled(shards.map((shard) => this.#readShard(shard, before)));
    const anyAnswered = results.some(({ status }) => status === 'fulfilled');
    return results.map((result, shard) => {
      if (result.status === 'fulfilled') return result.value;
      const known = this.#reading?.parts[shard];
      const isSetUpWrongly = (result.reason as RedisStoreError).code === 'eviction-policy';
      if (anyAnswered && !isSetUpWrongly && known !== undefined) return known;
      throw result.reason;
    });
  }

  // A step is certain before the epoch is given up for it: not a command that was slow.
  async #readShard(shard: number, before: OwnTime): Promise<Part> {
    const known = this.#reading?.parts[shard];
    const answer = await this.#ask(shard);
    if (known && this.#isOver(known, answer)) return this.#replace(shard, known, answer);
    return { epoch: answer.epoch, clock: nextReference(answer.redisSeconds, known?.epoch === answer.epoch ? known.clock : undefined, before) };
  }

  // Where our own clock was set back, an epoch that others have begun meanwhile is over too: what they spent under it may
  // be forgotten. Not one that is so young that it has forgotten nothing, or a fleet that is set back would begin many.
  #isOver({ epoch, clock }: Part, answer: EpochAnswer): boolean {
    const own = this.#ownTime();
    const isSame = epoch === answer.epoch;
    const isYoung = !isSame && own.upSeconds - clock.upSeconds < youngSeconds;
    return (isSame && hasStepped(answer.redisSeconds, clock, own)) || (!isYoung && wasSetBack(clock, own));
  }

  // The new epoch is born when the old one ends, also by a clock that was set back. What was forgotten had ended by Redis'
  // clock: a later time that ours has shown, and that was wrong, counts for nothing.
  async #replace(shard: number, { clock }: Part, old: EpochAnswer): Promise<Part> {
    const before = this.#ownTime();
    const bornAtSeconds = Math.max(before.nowSeconds, Math.min(old.redisSeconds, expectedSeconds(clock, before)));
    const { epoch, redisSeconds } = await this.#ask(shard, { old: old.epoch, bornAtSeconds });
    return { epoch, clock: nextReference(redisSeconds, undefined, before) };
  }

  #ask(shard: number, { old = '', bornAtSeconds = this.#parts.nowSeconds() } = {}): Promise<EpochAnswer> {
    const { send, shards } = this.#parts;
    return askEpoch(send, shards.key(shard, 'epoch'), { old, bornAtSeconds });
  }

  #ownTime(): OwnTime {
    return ownTime(this.#parts.nowSeconds);
  }
}
