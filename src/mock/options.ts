/** What the mock servers are made of. */

import type { Authenticate } from '../authorization/login.ts';
import type { Client } from '../authorization/settings.ts';
import type { AllowDecision } from '../resource/decision.ts';
import type { Mistake } from './mistakes.ts';

/** What {@link mockServers} takes. Durations are in seconds. */
export interface MockServersOptions {
  /** The authorization server's issuer: an https URL (loopback may be http). */
  readonly issuer: string;
  /** The resource servers' base URLs: replicas of one API, with one memory. Default: none. */
  readonly replicas?: readonly string[];
  /**
   * What clients call, where the replicas stand behind one URL: proofs are for this one, and its requests go to the first
   * replica. Default: each replica is called by its own URL, and takes requests that were made for another's.
   */
  readonly publicUrl?: string;
  /** The `aud` of access tokens. Default: the first replica, or the issuer where there is none. */
  readonly audience?: string;
  /** Default: `spa`, redirected to `https://app.example/callback`. */
  readonly client?: Client;
  /** What all servers demand of proofs. Default: `single-use`. */
  readonly nonces?: 'none' | 'window' | 'single-use';
  /** Default: 60. */
  readonly nonceLifetimeSeconds?: number;
  /** Default: 300. */
  readonly accessTokenLifetimeSeconds?: number;
  /** Default: Ed25519, EdDSA, ES256. */
  readonly proofAlgorithms?: readonly string[];
  /** Keeps keys, spent proofs and nonces, grants and revocations in IndexedDB, which has ten seconds to answer, over a reload. Default: false. */
  readonly persist?: boolean;
  /** Who logs in at the authorization endpoint. Default: whom `login_hint` names, else `alice`. */
  readonly authenticate?: Authenticate;
  /** What a replica answers to a request that it allows. Default: `/orders` in JSON with replica, method, sub and body. */
  readonly respond?: Respond;
  /** Origins that may get the access tokens, as Bearer say, beside the servers here and `audience`. Default: none. */
  readonly otherOrigins?: readonly string[];
  /**
   * Hears of each mistake of a client when it is made, whatever the servers answer. Default: `console.warn` with its
   * message. Requests that were to come again and have not are known at the end only: `MockServers.assertClean` has them.
   */
  readonly onMistake?: (mistake: Mistake) => void;
  /** The clock, in seconds since 1970. Default: the system's. */
  readonly nowSeconds?: () => number;
}

/** Answers a request that a replica allows; `replica` is its base URL. Headers that are due are added to the answer. */
export type Respond = (request: Request, decision: AllowDecision, replica: string) => Response | Promise<Response>;

/** The options with their defaults. */
export type Plan = Required<Omit<MockServersOptions, Optional>> & Pick<MockServersOptions, Optional>;

type Optional = 'proofAlgorithms' | 'publicUrl';

/** The options with their defaults. */
export function plan(options: MockServersOptions): Plan {
  const { issuer, replicas = [] } = options;
  return {
    ...options,
    replicas,
    audience: options.audience ?? replicas[0] ?? issuer,
    client: options.client ?? { clientId: 'spa', redirectUris: ['https://app.example/callback'] },
    nonces: options.nonces ?? 'single-use',
    nonceLifetimeSeconds: options.nonceLifetimeSeconds ?? 60,
    accessTokenLifetimeSeconds: options.accessTokenLifetimeSeconds ?? 300,
    persist: options.persist ?? false,
    authenticate: options.authenticate ?? logInWhoeverIsHinted,
    respond: options.respond ?? respondWithOrders,
    otherOrigins: options.otherOrigins ?? [],
    onMistake: options.onMistake ?? warn,
    nowSeconds: options.nowSeconds ?? (() => Date.now() / 1000),
  };
}

const logInWhoeverIsHinted: Authenticate = async (_, { parameters }) => ({ sub: parameters.login_hint ?? 'alice' });

// Looked up each time: a test may have put its own in the console's place.
function warn({ message }: Mistake): void {
  const { warn: print } = console;
  print(message);
}

const respondWithOrders: Respond = async (request, { claims: { sub } }, replica) => {
  const { method, url } = request;
  if (!new URL(url).pathname.endsWith('/orders')) return new Response(null, { status: 404 });
  return Response.json({ replica, method, sub, body: await request.text() });
};
