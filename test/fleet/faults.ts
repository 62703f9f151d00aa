/** The faults that the fleet is put through, and what the test holds of each: docs/fleet-faults.md is made of nothing else. */

/** How honest requests are refused, beside nonce challenges: by 503 with `Retry-After`, or by nobody who answers. */
export type Refusal = 'unavailable' | 'disconnected';

/** A row of the table. */
export interface Fault {
  /** What the test does. */
  readonly fault: string;
  /** What is forgotten beside nothing: the text of {@link lostTexts}. */
  readonly lost: keyof typeof lostTexts;
  /** What copies of spent proofs are answered while it lasts and after: all of these, and never ALLOW. */
  readonly copies: readonly string[];
  /** How honest requests are refused, at each replica. */
  readonly refused: Readonly<Record<'A' | 'B', readonly Refusal[]>>;
  /** Whether honest requests are asked for another nonce: 401 `use_dpop_nonce`, which clients answer by themselves. */
  readonly challenged: boolean;
  /** How the test ends it; absent where there is nothing to end. */
  readonly until?: string;
  /** How many clock tolerances it lasts. Default: 0. */
  readonly tolerances?: number;
}

const lostTexts = {
  nothing: 'nothing',
  revocations: 'revocations (not in mirrors that run), until they are written again',
  gap: 'revocations in the gap (not in mirrors that run), until they are written again',
  otherSide: "revocations at B's are not known at A while it lasts",
} as const;

const nowhere = { A: [], B: [] } as const;
const everywhere = { A: ['unavailable'], B: ['unavailable'] } as const;
const atA = { A: ['unavailable'], B: [] } as const;

export const faults = {
  otherReplica: {
    fault: 'A proof is spent at A, and its copy goes to B',
    lost: 'nothing',
    copies: ['proof_replayed'],
    refused: nowhere,
    challenged: false,
  },
  fifty: {
    fault: '50 copies of a fresh proof at once, to A and B by turns (also under policy `none`): one of them passes',
    lost: 'nothing',
    copies: ['proof_replayed'],
    refused: nowhere,
    challenged: false,
  },
  killed: {
    fault: 'Redis is killed (SIGKILL) and comes back empty',
    lost: 'revocations',
    copies: ['verifier_unavailable', 'bad_or_missing_nonce', 'proof_replayed'],
    refused: everywhere,
    challenged: true,
    until: 'it is back',
  },
  flushed: {
    fault: 'FLUSHALL',
    lost: 'revocations',
    copies: ['bad_or_missing_nonce', 'proof_replayed'],
    refused: nowhere,
    challenged: true,
  },
  flushedWithoutNonces: {
    fault: 'FLUSHALL, nonce policy `none`',
    lost: 'revocations',
    copies: ['verifier_unavailable', 'proof_replayed'],
    refused: everywhere,
    challenged: false,
    tolerances: 2,
  },
  failover: {
    fault: 'Failover to a replica that has everything',
    lost: 'nothing',
    copies: ['verifier_unavailable', 'bad_or_missing_nonce', 'proof_replayed'],
    refused: everywhere,
    challenged: true,
    until: 'the new primary has taken over',
  },
  lostTail: {
    fault: 'Failover to a replica that lacks the last, acknowledged writes (the gap)',
    lost: 'gap',
    copies: ['verifier_unavailable', 'bad_or_missing_nonce', 'proof_replayed'],
    refused: everywhere,
    challenged: true,
    until: 'the new primary has taken over',
  },
  splitBrain: {
    fault: 'Two primaries: A is left with the old one, B has the new one (a challenge at each change of replica). At last the old one dies',
    lost: 'otherSide',
    copies: ['verifier_unavailable', 'bad_or_missing_nonce', 'proof_replayed'],
    refused: atA,
    challenged: true,
    until: 'A is sent to the new primary',
  },
  demoted: {
    fault: 'A primary becomes a replica, and its links break: A is left with it (its Bearer requests get 503 too)',
    lost: 'nothing',
    copies: ['verifier_unavailable', 'bad_or_missing_nonce', 'proof_replayed'],
    refused: atA,
    challenged: true,
    until: 'A is sent to the new primary',
  },
  fencedPrimary: {
    fault: 'A primary is cut off from its replicas, `min-replicas-to-write 1` (Bearer requests get 503 too)',
    lost: 'nothing',
    copies: ['verifier_unavailable', 'proof_replayed'],
    refused: everywhere,
    challenged: false,
    until: 'a replica is back',
  },
  partition: {
    fault: 'A is cut off from Redis, B is not',
    lost: 'nothing',
    copies: ['verifier_unavailable', 'proof_replayed'],
    refused: atA,
    challenged: false,
    until: 'the wire is whole again',
  },
  full: {
    fault: "Redis' memory is full (`maxmemory`, `noeviction`)",
    lost: 'nothing',
    copies: ['verifier_unavailable', 'proof_replayed'],
    refused: everywhere,
    challenged: false,
    until: 'there is room',
  },
  eviction: {
    fault: '`maxmemory` is set while everything runs, under an eviction policy (`ready()` rejects with `eviction-policy` from then on)',
    lost: 'nothing',
    copies: ['verifier_unavailable', 'proof_replayed'],
    refused: everywhere,
    challenged: false,
    until: '`maxmemory-policy` is `noeviction`',
  },
  restart: {
    fault: 'A is killed (SIGKILL) and starts again',
    lost: 'nothing',
    copies: ['proof_replayed'],
    refused: { A: ['disconnected'], B: [] },
    challenged: false,
    until: 'it has started',
  },
  clockAhead: {
    fault: "A's clock is ahead by more than the tolerance, then set right (a new epoch)",
    lost: 'nothing',
    copies: ['bad_or_missing_nonce', 'proof_replayed'],
    refused: nowhere,
    challenged: true,
    until: 'it is set right',
  },
  clockAheadRestart: {
    fault: "A's clock is ahead by more than the tolerance; A starts again with the right one (the same epoch)",
    lost: 'nothing',
    copies: ['bad_or_missing_nonce', 'proof_replayed'],
    refused: nowhere,
    challenged: true,
    until: 'it is set right',
  },
  clockBack: {
    fault: "A's clock is set back when Redis has forgotten what was spent (a new epoch)",
    lost: 'nothing',
    copies: ['bad_or_missing_nonce', 'proof_replayed'],
    refused: nowhere,
    challenged: true,
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

/** A row by its name. */
export const faultOf = (name: FaultName): Fault => faults[name];

/** What a busy machine may answer to anything, when a command takes too long: nothing is made of it where a row lacks it. */
export const always = { code: 'verifier_unavailable', refusal: 'unavailable' } as const;

// How long a busy machine may take over what takes no time.
const slackSeconds = 5;
const defaultToleranceSeconds = 10;

/** From when to when after its end (where it has one) honest clients are served by both replicas again. */
export function recoverySeconds({ tolerances = 0 }: Fault, clockToleranceSeconds: number): { readonly least: number; readonly most: number } {
  const least = tolerances * clockToleranceSeconds;
  return { least, most: least + slackSeconds };
}

const heading = `# What a fleet does in each fault

Made by \`test/fleet/fleet.node.test.ts\`, which puts two verifier processes (one over node-redis, one over ioredis) and
real Redis servers through each of these. Each cell says what the test has seen, and it fails where it sees anything else,
or where this page is stale. Through each fault and after it, copies of spent proofs are sent to both replicas without a
pause, under the nonce policies \`window\` and \`single-use\` (and \`none\` where the row says so). **No copy is let
through.** Honest clients have a nonce when it begins; each time is the most that the test allows a busy machine,
counted from the end of the fault. A machine that is too busy may answer 503 \`verifier_unavailable\` to any request: a
row has it only where the fault itself makes it. What to set, and what remains, is in [operations](operations.md).

| fault | what is lost | copies of spent proofs get | honest requests are refused with | for how long | clients recover by |
|---|---|---|---|---|---|
`;

const refusalTexts: Record<Refusal, string> = { unavailable: '503 `verifier_unavailable`', disconnected: 'no connection' };
const recoveryTexts: Record<Refusal, string> = {
  unavailable: 'the app sends the request again after `Retry-After`',
  disconnected: 'the app, or the load balancer, sends the request to B',
};

function refusedCell({ refused: { A, B }, challenged }: Fault): string {
  const place = A.length > 0 && B.length === 0 ? ' at A, nothing at B' : '';
  const refusals = A.map((refusal) => refusalTexts[refusal] + place);
  const all = [...refusals, ...(challenged ? ['401 `use_dpop_nonce` for nonces from before'] : [])];
  return all.join('; ') || 'nothing';
}

function howLongCell(row: Fault): string {
  const { refused, challenged, until, tolerances } = row;
  if (!challenged && refused.A.length === 0) return '–';
  const { most } = recoverySeconds(row, defaultToleranceSeconds);
  if (tolerances !== undefined) return `${tolerances} × \`clockToleranceSeconds\`, and at most ${slackSeconds} s more: ${most} s by default`;
  return until === undefined ? `at most ${most} s` : `until ${until}, and at most ${most} s more`;
}

function recoveryCell({ refused, challenged }: Fault): string {
  const repeats = refused.A.map((refusal) => recoveryTexts[refusal]);
  return [...repeats, ...(challenged ? ['the client answers the challenge by itself'] : [])].join('; ') || '–';
}

/** What a run of the test has seen, in lines of Markdown; it differs from run to run and is compared with nothing. */
export type Measurements = readonly string[];

const measuredHeading = '## Measured';

/** The document. */
export function formatFaults(measured: Measurements): string {
  const rows = Object.keys(faults).map((name) => {
    const row = faultOf(name as FaultName);
    const codes = [...row.copies].sort().map((code) => `\`${code}\``).join(', ');
    return `| ${[row.fault, lostTexts[row.lost], codes, refusedCell(row), howLongCell(row), recoveryCell(row)].join(' | ')} |\n`;
  });
  return `${heading}${rows.join('')}\n${measuredHeading}\n\n${measured.map((line) => `- ${line}\n`).join('')}`;
}

/** The document without what was measured. */
export const promisesOf = (document: string) => document.split(measuredHeading)[0]!;
