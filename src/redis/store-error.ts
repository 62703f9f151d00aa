/** What can be wrong with Redis, by a code that an alert can count. */

/**
 * What is wrong with Redis.
 *
 * - `unreachable`: no connection, or it broke. `timeout`: no answer in time.
 * - `full`: at `maxmemory`, nothing more is written.
 * - `over-quota`: one key has spent more than `maxEntriesPerKey`; Redis has room for others.
 * - `not-primary`: a replica answered, or a primary without the replicas that it must have (`min-replicas-to-write`, WAIT).
 * - `eviction-policy`: Redis may drop what must be kept. Set `maxmemory-policy noeviction`.
 * - `reply`: an answer that Redis does not give. `refused`: any other error that Redis answered (its access control, say).
 */
export type RedisStoreErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'full'
  | 'over-quota'
  | 'not-primary'
  | 'eviction-policy'
  | 'reply'
  | 'refused';

/** A store in Redis that cannot answer; the verifier makes 503 of it, and has it in `decision.cause`. */
export class RedisStoreError extends Error {
  override readonly name = 'RedisStoreError';
  readonly code: RedisStoreErrorCode;

  /** A failure of one kind; `cause` is what the client threw, where it threw. */
  constructor(code: RedisStoreErrorCode, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

// How Redis' errors begin, or, where a script met them, what they contain.
const answers: readonly (readonly [RegExp, RedisStoreErrorCode])[] = [
  [/\bKEYBOUND eviction\b/, 'eviction-policy'],
  [/\bKEYBOUND replica\b|\bREADONLY\b|\bNOREPLICAS\b|\bMASTERDOWN\b/, 'not-primary'],
  [/\bOOM\b/, 'full'],
  [/\bLOADING\b|\bCLUSTERDOWN\b|\bTRYAGAIN\b/, 'unreachable'],
  [/^-?(ERR|NOPERM|NOAUTH|WRONGTYPE|NOSCRIPT|BUSY|MISCONF|CROSSSLOT|NOPROTO|WRONGPASS)\b/, 'refused'],
];

/** Whatever a client threw, as a {@link RedisStoreError} with the client's own error as its cause. */
export function asStoreError(thrown: unknown): RedisStoreError {
  if (thrown instanceof RedisStoreError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const known = answers.find(([pattern]) => pattern.test(message));
  return new RedisStoreError(known?.[1] ?? 'unreachable', message, { cause: thrown });
}
