/** Two replicas of an API as two processes, each with its own wire to Redis; and who calls them. */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { readAnswer } from '../../src/client/answer.ts';
import { decide } from '../../src/client/decide.ts';
import { generateProofKey, makeProof, type ProofKey } from '../support/proofs.ts';
import { createTokenIssuer, type TokenIssuer } from '../support/tokens.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { publicUrl, type ClockMessage, type Policy, type VerifierSettings } from './settings.ts';

/** A request as it goes over the wire: whoever has it can send it again. */
export interface SentRequest {
  readonly policy: Policy;
  readonly authorization: string;
  /** Absent with a Bearer token. */
  readonly proof?: string;
}

export interface Answer {
  readonly status: number;
  /** `ALLOW`, or why not. */
  readonly code: string;
}

/** A replica of the API. */
export interface Replica {
  readonly name: 'A' | 'B';
  readonly wire: TcpProxy;
  send(request: SentRequest): Promise<Answer & { readonly response: Response }>;
  /** Sets its clock, so far ahead of the machine's; a process that starts has the machine's. */
  setClock(aheadSeconds: number): Promise<void>;
  /** Kills its process (SIGKILL) and starts another. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface Fleet {
  readonly replicas: readonly [Replica, Replica];
  readonly issuer: TokenIssuer;
  stop(): Promise<void>;
}

/** Starts both replicas: one over node-redis, the other over ioredis. */
export async function startFleet(redisPort: number): Promise<Fleet> {
  const issuer = await createTokenIssuer();
  const shared = { issuer: issuer.issuer, audience: issuer.audience, keys: issuer.jwks, secret: crypto.randomUUID() };
  const replicas = await Promise.all([
    startReplica('A', redisPort, { ...shared, client: 'node-redis' }),
    startReplica('B', redisPort, { ...shared, client: 'ioredis' }),
  ]);
  return { replicas, issuer, stop: async () => void (await Promise.all(replicas.map((replica) => replica.stop()))) };
}

async function startReplica(name: 'A' | 'B', redisPort: number, settings: Omit<VerifierSettings, 'redisPort'>): Promise<Replica> {
  const wire = await startTcpProxy(redisPort);
  const run = () => startProcess({ ...settings, redisPort: wire.port });
  let running = await run();
  return {
    name,
    wire,
    async send({ policy, authorization, proof }) {
      const url = `http://127.0.0.1:${running.port}/${policy}/orders`;
      const response = await fetch(url, { headers: { Authorization: authorization, ...(proof !== undefined && { DPoP: proof }) }, signal: AbortSignal.timeout(50_000) });
      const { code } = (await response.clone().json()) as { code: string };
      return { status: response.status, code, response };
    },
    async setClock(clockAheadSeconds) {
      const done = once(running.process, 'message');
      running.process.send({ clockAheadSeconds } satisfies ClockMessage);
      await done;
    },
    async restart() {
      await end(running.process);
      running = await run();
    },
    async stop() {
      wire.stop();
      await end(running.process);
    },
  };
}

async function startProcess(settings: VerifierSettings): Promise<{ readonly process: ChildProcess; readonly port: number }> {
  const file = fileURLToPath(new URL('./verifier-process.ts', import.meta.url));
  const typescript = new URL('../../scripts/typescript.mjs', import.meta.url).href;
  const child = fork(file, [JSON.stringify(settings)], { execArgv: ['--import', typescript] });
  const exited = once(child, 'exit').then(() => { throw new Error('The replica did not start'); });
  const [port] = (await Promise.race([once(child, 'message'), exited])) as [number];
  exited.catch(() => {});
  return { process: child, port };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

const nowSeconds = () => Math.floor(Date.now() / 1000);

/** How a client was refused, since it had its nonces. */
export class Refusals {
  /** At each replica, other than by a challenge: what the app had to deal with. */
  readonly at = { A: new Set<string>(), B: new Set<string>() };
  /** Challenges that the fault is to blame for. */
  challenges = 0;
  /** Calls that were let through after one. */
  answered = 0;
}

/** A client with a key and a token that renews nonces exactly as the SDK does: by the SDK's own table. */
export class HonestClient {
  readonly token: string;
  /** What it has met; whoever wants to know of a fault alone gives it new ones. */
  refusals = new Refusals();
  readonly #key: ProofKey;
  readonly #nonces = new Map<Policy, string>();
  /** Single-use nonces of requests that were not decided: they may be spent, and are challenged then. */
  readonly #doubtful = new Set<string | undefined>();

  private constructor(key: ProofKey, token: string) {
    this.#key = key;
    this.token = token;
  }

  static async create(issuer: TokenIssuer, claims: Record<string, unknown> = {}): Promise<HonestClient> {
    const key = await generateProofKey();
    return new HonestClient(key, await issuer.issue({ jkt: key.jkt, nowSeconds: nowSeconds(), claims }));
  }

  /** A request that was never sent. */
  async prepare(policy: Policy, nonce = this.#nonces.get(policy)): Promise<SentRequest> {
    const url = `${publicUrl}/${policy}/orders`;
    const proof = await makeProof({ key: this.#key, url, accessToken: this.token, nonce, nowSeconds: nowSeconds() });
    return { policy, authorization: `DPoP ${this.token}`, proof };
  }

  /** Calls as an app does: the answer is what is left when the nonces are sorted out, with the last request. */
  async call(replica: Replica, policy: Policy): Promise<Answer & { readonly request: SentRequest; readonly attempts: number }> {
    const tried = new Set<string | undefined>();
    for (let attempts = 1; ; attempts += 1) {
      const nonce = this.#nonces.get(policy);
      tried.add(nonce);
      const request = await this.prepare(policy, nonce);
      const answer = await replica.send(request).catch(() => undefined);
      this.#note(replica, { nonce, policy, attempts, answer });
      if (!answer) throw new Error(`${replica.name} is not there`);
      const { status, code, response } = answer;
      const read = await readAnswer(response, 'RS');
      if (read.nonce) this.#nonces.set(policy, read.nonce);
      if (decide({ ...read, tried, isLesson: false }) !== 'nonce') return { status, code, request, attempts };
    }
  }

  #note({ name }: Replica, { nonce, policy, attempts, answer }: Attempt): void {
    const { refusals } = this;
    if (!answer) refusals.at[name].add('disconnected');
    else if (answer.code === 'ALLOW') refusals.answered += attempts > 1 && refusals.challenges > 0 ? 1 : 0;
    else if (answer.code === 'bad_or_missing_nonce') refusals.challenges += this.#doubtful.has(nonce) ? 0 : 1;
    else refusals.at[name].add(answer.status === 503 && answer.response.headers.has('Retry-After') ? 'unavailable' : answer.code);
    if (policy === 'single-use' && (answer?.status ?? 503) === 503) this.#doubtful.add(nonce);
  }
}

/** A request of an honest client, and what came of it. */
interface Attempt {
  readonly nonce: string | undefined;
  readonly policy: Policy;
  readonly attempts: number;
  readonly answer: (Answer & { readonly response: Response }) | undefined;
}
