/** The way between a page and the mock servers: who is called, what comes back, and who watches. */

import type { BindDenyCode } from '../authorization/refusal.ts';
import type { Decision } from '../resource/decision.ts';
import { readProofAlgorithms } from '../verifier/options.ts';
import type { Mistake } from './mistakes.ts';
import type { Plan } from './options.ts';
import type { Referee } from './referee.ts';
import { copyHeaders, meddle } from './trouble.ts';
import type { World } from './world.ts';

/** One request and its answer, as they went over the wire: copies, whose bodies may be read. */
export interface Exchange {
  readonly server: 'authorization-server' | 'resource-server';
  /** The issuer, or the replica's base URL. */
  readonly name: string;
  readonly request: Request;
  readonly response: Response;
  /** What the resource server decided. */
  readonly decision?: Decision;
  /** What the client did wrong, as far as this exchange shows it; empty most often. */
  readonly mistakes: readonly Mistake[];
}

/** Which server answers below which URL. */
export interface Route {
  /** The start of all its URLs. */
  readonly base: string;
  readonly server: Exchange['server'];
  readonly name: string;
}

/** The routes of all servers, the most special first. */
export function routesOf({ issuer, replicas, publicUrl }: Plan, metadata: string): readonly Route[] {
  const authorizationServer = { server: 'authorization-server', name: issuer } as const;
  const toReplica = (base: string, name: string) => ({ base: withSlash(base), server: 'resource-server', name }) as const;
  return [
    { base: metadata, ...authorizationServer },
    { base: withSlash(issuer), ...authorizationServer },
    ...replicas.map((replica) => toReplica(replica, replica)),
    ...(publicUrl !== undefined && replicas[0] !== undefined ? [toReplica(publicUrl, replicas[0])] : []),
  ];
}

function withSlash(base: string): string {
  return base.endsWith('/') ? base : `${base}/`;
}

interface Seen extends Pick<Exchange, 'server' | 'request'> {
  readonly answer: Response;
  readonly decision: Decision | undefined;
}

// The authorization server's refusals say why in their bodies.
async function codeOf(answer: Response): Promise<BindDenyCode | undefined> {
  if (answer.ok || !answer.headers.get('content-type')?.startsWith('application/json')) return undefined;
  return ((await answer.clone().json()) as { readonly code?: BindDenyCode }).code;
}

// As every server with a clock sends it (RFC 9110 §6.6.1): clients whose clock is wrong learn the time from it.
function withDate(answer: Response, nowSeconds: number): Response {
  const headers = copyHeaders(answer.headers);
  headers.set('Date', new Date(nowSeconds * 1000).toUTCString());
  return new Response(answer.body, { status: answer.status, headers });
}

/** Carries requests to the servers and answers back. */
export class Wire {
  readonly #plan: Plan;
  readonly #world: World;
  readonly #referee: Referee;
  readonly #listeners = new Set<(exchange: Exchange) => void>();

  constructor(plan: Plan, world: World, referee: Referee) {
    this.#plan = plan;
    this.#world = world;
    this.#referee = referee;
  }

  observe(listener: (exchange: Exchange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The answer; a network error (`Response.error()`) where nothing answers. */
  async carry(request: Request, { server, name }: Route): Promise<Response> {
    if (this.#world.trouble.down === 'network') return Response.error();
    const seen = request.clone();
    const { answer, decision } = await this.#answer(request, server, name);
    const mistakes = await this.#judge({ server, request: seen, answer, decision });
    const response = await meddle(withDate(answer, this.#world.nowSeconds()), this.#world.trouble);
    for (const listener of this.#listeners) {
      listener({ server, name, request: seen.clone(), response: response.clone(), mistakes, ...(decision && { decision }) });
    }
    return response;
  }

  async #judge({ server, request, answer, decision }: Seen): Promise<readonly Mistake[]> {
    const nextNonce = answer.headers.get('DPoP-Nonce');
    const readable = !this.#world.trouble.hideHeaders;
    const code = decision ? (decision.ok ? undefined : decision.code) : await codeOf(answer);
    const algorithms = readProofAlgorithms(this.#plan.proofAlgorithms);
    return this.#referee.watch({ server, request, code, nextNonce, readable, algorithms });
  }

  async #answer(request: Request, server: Exchange['server'], name: string): Promise<{ answer: Response; decision?: Decision }> {
    if (server === 'authorization-server') return { answer: await this.#world.authorizationServer.fetch(request) };
    const decision = await this.#world.resourceServers.get(name)!.verify(request);
    if (!decision.ok) return { decision, answer: decision.response() };
    const { status, headers, body } = await this.#plan.respond(request, decision, name);
    const due = copyHeaders(headers);
    decision.headers.forEach((value, header) => due.set(header, value));
    return { decision, answer: new Response(body, { status, headers: due }) };
  }
}
