/** The faults that the fleet is put through, as docs/fleet-faults.md has them: what is promised of each. */

/** A row of the table. */
export interface Fault {
  /** What happens. */
  readonly fault: string;
  /** What the fleet forgets by it. */
  readonly lost: string;
  /** What copies of spent proofs may be answered while it lasts and after: never ALLOW. */
  readonly copies: readonly string[];
  /** What honest requests may be refused with before the client has renewed its nonce. */
  readonly refused: string;
  readonly howLong: string;
  readonly recovery: string;
}

const nonceRenewed = 'one nonce challenge, which the client answers by itself';
const retryAfter = 'the app sends the request again after `Retry-After`; one nonce challenge on the way';

export const faults = {
  otherReplica: {
    fault: 'A proof is spent at A, and its copy goes to B',
    lost: 'nothing',
    copies: ['proof_replayed'],
    refused: 'nothing',
    howLong: '–',
    recovery: '–',
  },
  fifty: {
    fault: '50 copies of a fresh proof at once, to A and B by turns (also under policy `none`)',
    lost: 'nothing: one of them passes, whichever is first',
    copies: ['proof_replayed'],
    refused: 'nothing',
    howLong: '–',
    recovery: '–',
  },
  killed: {
    fault: 'Redis is killed (SIGKILL) and comes back empty',
    lost: 'no spent proof passes: with the memory, the epoch is gone. Revocations (not in mirrors that run), until they are written again',
    copies: ['verifier_unavailable', 'bad_or_missing_nonce', 'proof_replayed'],
    refused: '503 while it is down',
    howLong: 'until it is back and the client library has connected again',
    recovery: retryAfter,
  },
  flushed: {
    fault: 'FLUSHALL',
    lost: 'no spent proof passes: the epoch is gone too. Revocations (not in mirrors that run), until they are written again',
    copies: ['bad_or_missing_nonce', 'proof_replayed', 'verifier_unavailable'],
    refused: '401 `use_dpop_nonce` for nonces from before',
    howLong: 'one challenge; up to `epochLifetimeSeconds` where a client changes replica at that moment',
    recovery: nonceRenewed,
  },
  flushedWithoutNonces: {
    fault: 'FLUSHALL, nonce policy `none`',
    lost: 'no spent proof passes: proofs from before the new memory are refused. Revocations as above',
    copies: ['proof_expired', 'proof_replayed', 'verifier_unavailable'],
    refused: '401 for every proof whose `iat` is not after the loss by more than the clock tolerance',
    howLong: 'the clock tolerance (10 s by default, 1 s in this test)',
    recovery: 'by a later request: there is no nonce that could tell the client',
  },
  failover: {
    fault: 'Failover to a replica that has everything',
    lost: 'nothing',
    copies: ['verifier_unavailable', 'bad_or_missing_nonce', 'proof_replayed'],
    refused: '503 until the clients are connected to the new primary',
    howLong: 'as long as your failover takes',
    recovery: retryAfter,
  },
  lostTail: {
    fault: 'Failover to a replica that lacks the last, acknowledged writes',
    lost: 'no spent proof passes: the new primary has another replication id, so another epoch. Revocations in the gap (not with `acknowledgingReplicas`, not in mirrors that run)',
    copies: ['verifier_unavailable', 'bad_or_missing_nonce', 'proof_replayed'],
    refused: '503 until the clients are connected to the new primary',
    howLong: 'as long as your failover takes',
    recovery: retryAfter,
  },
  splitBrain: {
    fault: 'Two primaries: A is left with the old one, B has the new one',
    lost: 'nothing: each has its own epoch, and a nonce of one is none of the other',
    copies: ['bad_or_missing_nonce', 'proof_replayed', 'verifier_unavailable'],
    refused: '401 `use_dpop_nonce` at each change of replica',
    howLong: 'until there is one primary again',
    recovery: nonceRenewed,
  },
  demoted: {
    fault: 'A primary becomes a replica, and its links break: A is left with it, and a token is revoked at the new primary',
    lost: 'nothing: a replica is not believed, neither in a spending nor where only revocation is asked (Bearer, here)',
    copies: ['bad_or_missing_nonce', 'proof_replayed', 'verifier_unavailable'],
    refused: '503 at A; nothing at B but one 401 `use_dpop_nonce`',
    howLong: 'until A is connected to the new primary',
    recovery: retryAfter,
  },
  fencedPrimary: {
    fault: 'A primary is cut off from its replicas, `min-replicas-to-write 1`',
    lost: 'nothing',
    copies: ['verifier_unavailable', 'proof_replayed'],
    refused: '503 from `min-replicas-max-lag` after the cut, Bearer too',
    howLong: 'until a replica is back',
    recovery: 'the app sends the request again after `Retry-After`',
  },
  partition: {
    fault: 'A is cut off from Redis, B is not',
    lost: 'nothing',
    copies: ['verifier_unavailable', 'proof_replayed'],
    refused: '503 at A; nothing at B',
    howLong: 'until the wire is whole again; each request waits for `operationTimeoutSeconds` at most',
    recovery: 'the app sends the request again after `Retry-After`, to B at once',
  },
  full: {
    fault: "Redis' memory is full (`maxmemory`, `noeviction`)",
    lost: 'nothing: nothing is forgotten to make room',
    copies: ['verifier_unavailable', 'proof_replayed'],
    refused: '503',
    howLong: 'until there is room: entries expire by themselves, within 82 s in the default settings',
    recovery: 'the app sends the request again after `Retry-After`',
  },
  eviction: {
    fault: 'An eviction policy is set while everything runs',
    lost: 'nothing, unless Redis is full at that moment: then what it evicts before the epoch is read next',
    copies: ['verifier_unavailable', 'proof_replayed'],
    refused: '503, from `epochLifetimeSeconds` after; `ready()` rejects with `eviction-policy`',
    howLong: 'until `maxmemory-policy` is `noeviction` again',
    recovery: 'the app sends the request again after `Retry-After`',
  },
  restart: {
    fault: 'A is killed (SIGKILL) and starts again',
    lost: 'nothing: what is spent lies in Redis, and nonces are good at the new process too',
    copies: ['proof_replayed'],
    refused: 'connections to A, while it is down',
    howLong: 'as long as it takes to start',
    recovery: 'the app, or the load balancer, sends the request elsewhere',
  },
  clockAhead: {
    fault: "A's clock is ahead by more than the tolerance, then set right",
    lost: 'nothing: what A has spent meanwhile lives to its end by the clock of Redis. When it is set right, that is a new epoch',
    copies: ['bad_or_missing_nonce', 'proof_replayed'],
    refused: "401 `use_dpop_nonce` at B for A's nonces, which are from the future, and at A for those of B that are over for it",
    howLong: 'until it is set right',
    recovery: nonceRenewed,
  },
  clockAheadRestart: {
    fault: "A's clock is ahead by more than the tolerance; it starts again with the right one",
    lost: 'nothing, as above; no new epoch',
    copies: ['bad_or_missing_nonce', 'proof_replayed'],
    refused: 'as above, and connections to A while it is down',
    howLong: 'until it is set right',
    recovery: nonceRenewed,
  },
  clockBack: {
    fault: "A's clock is set back, when Redis has forgotten what was spent",
    lost: 'no spent proof passes: that is a new epoch',
    copies: ['bad_or_missing_nonce', 'proof_replayed'],
    refused: '401 `use_dpop_nonce` for nonces from before',
    howLong: 'one challenge',
    recovery: nonceRenewed,
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

const heading = `# What a fleet does in each fault

Made by \`test/fleet/fleet.node.test.ts\`, which puts two verifier processes (one over node-redis, one over ioredis) and
real Redis servers through each of these, and fails where this table is stale. Through each fault and after it, copies
of spent proofs are sent to both replicas without a pause, under the nonce policies \`window\` and \`single-use\` (and
\`none\` where the row says so). **No copy is let through**: that is what the test holds. A machine that is too busy may
answer \`verifier_unavailable\` to any request; that is left out of the rows where nothing is down. What to set, and what
remains, is in [operations](operations.md).

| fault | what is lost | copies of spent proofs get | honest requests are refused | for how long | clients recover by |
|---|---|---|---|---|---|
`;

/** What a busy machine may answer to anything, when a command takes too long. */
export const always = 'verifier_unavailable';

/** What a run of the test has seen, in lines of Markdown; it differs from run to run and is compared with nothing. */
export type Measurements = readonly string[];

const measuredHeading = '## Measured';

/** The document. */
export function formatFaults(measured: Measurements): string {
  const rows = Object.values(faults).map(({ fault, lost, copies, refused, howLong, recovery }) => {
    const codes = [...copies].sort().map((code) => `\`${code}\``).join(', ');
    return `| ${[fault, lost, codes, refused, howLong, recovery].join(' | ')} |\n`;
  });
  return `${heading}${rows.join('')}\n${measuredHeading}\n\n${measured.map((line) => `- ${line}\n`).join('')}`;
}

/** The document without what was measured. */
export const promisesOf = (document: string) => document.split(measuredHeading)[0]!;
