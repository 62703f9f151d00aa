/** The servers as they are at the moment: one memory, and new servers over it whenever a switch is thrown. */

import { proofAlgorithms } from '../protocol/algorithms.ts';
import { parseProof } from '../protocol/proof.ts';
import { createAuthorizationServer, type AuthorizationServer } from '../authorization/authorization-server.ts';
import type { ResourceServerOptions } from '../resource/options.ts';
import { createResourceServer, type ResourceServer } from '../resource/verify.ts';
import type { Plan } from './options.ts';
import { persistentState } from './persistent-state.ts';
import { failingState, memoryState, type State } from './state.ts';
import type { Trouble } from './trouble.ts';

// A disk has all tabs wait in one line, and may be busy: that is no failure of the servers.
const diskTimeoutSeconds = 10;

/** The servers. Their memory and their switches are the same for all of them. */
export class World {
  readonly #plan: Plan;
  readonly #state: State;
  readonly #calm: Trouble;
  trouble: Trouble;
  authorizationServer!: AuthorizationServer;
  resourceServers!: ReadonlyMap<string, ResourceServer>;

  private constructor(plan: Plan) {
    this.#plan = plan;
    this.#calm = { nonces: plan.nonces, clockSkewSeconds: 0, down: 'nothing', tokenType: 'DPoP', hideHeaders: false };
    this.trouble = this.#calm;
    // The memory's clock never runs ahead: what is spent stays spent when a skew is taken back.
    const memorySeconds = () => plan.nowSeconds() + Math.min(0, this.trouble.clockSkewSeconds);
    this.#state = plan.persist ? persistentState(plan.issuer, memorySeconds) : memoryState(memorySeconds);
  }

  static async create(plan: Plan): Promise<World> {
    const world = new World(plan);
    await world.#build();
    return world;
  }

  /** The servers' clock, in seconds since 1970. */
  readonly nowSeconds = (): number => this.#plan.nowSeconds() + this.trouble.clockSkewSeconds;

  async changeTrouble(changes: Partial<Trouble>): Promise<void> {
    this.trouble = { ...this.trouble, ...changes };
    await this.#build();
  }

  async expireNonces(): Promise<void> {
    await this.#state.renewNonceSecret();
    await this.#build();
  }

  async reset(): Promise<void> {
    this.trouble = this.#calm;
    await this.#state.clear();
    await this.#build();
  }

  async #build(): Promise<void> {
    const { issuer, audience, client, replicas, nonceLifetimeSeconds, accessTokenLifetimeSeconds, authenticate, persist } = this.#plan;
    const { signingKey, nonceSecret } = await this.#state.identity();
    const { replayStore, revocation, grants } = failingState(this.#state, () => this.trouble.down === 'stores');
    const { nonces: policy } = this.trouble;
    const { nowSeconds } = this;
    const accepted = this.#plan.proofAlgorithms;
    const nonce = policy === 'none' ? { policy } : { policy, secret: nonceSecret, lifetimeSeconds: nonceLifetimeSeconds };
    const common = { replayStore, revocation, nonce, nowSeconds, ...(accepted && { proofAlgorithms: accepted }), ...(persist && { storeTimeoutSeconds: diskTimeoutSeconds }) };

    const authorizationServer = createAuthorizationServer({
      ...common, issuer, audience, clients: [client], authenticate, accessTokenLifetimeSeconds,
      storage: grants, signingKeys: [signingKey],
    });
    const issuers = [{ issuer, audience, keys: await authorizationServer.jwks() }];
    this.resourceServers = new Map(
      replicas.map((replica) => [replica, createResourceServer({ ...common, issuers, ...behind(this.#plan, replica) })]),
    );
    this.authorizationServer = authorizationServer;
  }
}

// One API has many names: its public URL, or else those of its replicas. A request that was captured on its way to one
// replica and is delivered to another is still the same request: the proof is judged by the name that it was made for.
function behind({ publicUrl, replicas }: Plan, replica: string): Pick<ResourceServerOptions, 'publicUrl'> {
  return {
    publicUrl: ({ url, headers }) => {
      if (!url.startsWith(replica)) return new URL(url);
      const name = publicUrl ?? nameInProof(headers, replicas) ?? replica;
      return new URL(name + url.slice(replica.length));
    },
  };
}

function nameInProof(headers: Iterable<[string, string]>, replicas: readonly string[]): string | undefined {
  const compact = [...headers].find(([name]) => name.toLowerCase() === 'dpop')?.[1] ?? '';
  const htu = parseProof(compact, Object.keys(proofAlgorithms))?.claims.htu ?? '';
  return replicas.find((replica) => htu === replica || htu.startsWith(`${replica}/`));
}
