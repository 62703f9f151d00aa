/** The real servers behind MSW: the mock replaces the network, never the verifier. */

import { http, type HttpHandler } from 'msw';
import type { AuthorizationServer } from '../authorization/authorization-server.ts';
import type { Client } from '../authorization/settings.ts';
import type { ResourceServer } from '../resource/verify.ts';
import { describeMistakes, type Mistake } from './mistakes.ts';
import { logIn, type LogInOptions } from './log-in.ts';
import { plan, type MockServersOptions } from './options.ts';
import { Referee } from './referee.ts';
import { isStray, Lookout } from './stray.ts';
import type { Trouble } from './trouble.ts';
import { routesOf, Wire, type Exchange, type Route } from './wire.ts';
import { World } from './world.ts';

/** The servers, and the switches for trouble. Its methods work detached. */
export interface MockServers {
  /** For `setupWorker(...handlers)` in the page and `setupServer(...handlers)` in Node; good for ever, also after `reset`. */
  readonly handlers: readonly HttpHandler[];
  /** The same servers without MSW, as a fetch to inject: it reaches them and nothing else. */
  readonly fetch: typeof globalThis.fetch;
  /** The authorization server as it is now: every switch replaces it. */
  readonly authorizationServer: AuthorizationServer;
  /** The resource servers by base URL, as they are now. */
  readonly resourceServers: ReadonlyMap<string, ResourceServer>;
  readonly client: Client;
  /**
   * Logs a user in. It resolves the body of the token request that redeems the authorization code, verifier and all: POST
   * it to `authorizationServer.endpoints.token`.
   */
  logIn(sub: string, options?: LogInOptions): Promise<URLSearchParams>;
  /** An access token for a key that expired an hour ago; `sub` default: `alice`. */
  issueExpired(jkt: string, sub?: string): Promise<string>;
  /** Revokes an access token, or a refresh token with all that came of it. */
  revoke(token: string): Promise<void>;
  /** Every nonce that is out is dead. */
  expireNonces(): Promise<void>;
  /** Switches trouble on; what is not named stays as it is. */
  trouble(changes: Partial<Trouble>): Promise<void>;
  /** Calls a listener for each exchange, in the order of the answers; the function that it returns ends that. */
  observe(listener: (exchange: Exchange) => void): () => void;
  /**
   * What clients did wrong since the last time, and forgets it: for a test that provokes mistakes. One that is not in
   * `Exchange.mistakes` may be in here: a request that was to come again with a nonce, and has not.
   */
  takeMistakes(): readonly Mistake[];
  /**
   * Takes the mistakes; for the end of each test.
   *
   * @throws Error where there is one: the message says of each what is wrong and how to mend it.
   */
  assertClean(): void;
  /** A new world: no trouble, no mistakes, new keys, nothing remembered. Other tabs see it after they reload. */
  reset(): Promise<void>;
}

/**
 * Starts an authorization server and the replicas of a resource server in this page or process, and gives the MSW
 * handlers that pass requests to them. Nothing is simulated but the network: proofs, tokens and nonces are verified by
 * the code that runs in production. CORS is not applied to mocked answers: test that against a real second origin.
 *
 * @throws TypeError (as a rejection) where an option cannot work, or `persist` finds no IndexedDB.
 */
export async function mockServers(options: MockServersOptions): Promise<MockServers> {
  const planned = plan(options);
  const { client, accessTokenLifetimeSeconds } = planned;
  const world = await World.create(planned);
  const referee = new Referee(planned.onMistake);
  const wire = new Wire(planned, world, referee);
  const routes = routesOf(planned, world.authorizationServer.endpoints.metadata);
  const lookOut = (request: Request) => void (isStray(request, planned, routes) && referee.blame('token_sent_elsewhere', request));
  return {
    client,
    handlers: [new Lookout(lookOut), ...routes.map((route) => http.all(`${route.base}*`, ({ request }) => wire.carry(request, route)))],
    fetch: createFetch(routes, { wire, lookOut }),
    get authorizationServer() {
      return world.authorizationServer;
    },
    get resourceServers() {
      return world.resourceServers;
    },
    logIn: (sub, login) => logIn({ sub, ...login }, client, world.authorizationServer),
    async issueExpired(jkt, sub = 'alice') {
      const issuedAtSeconds = world.nowSeconds() - accessTokenLifetimeSeconds - 3600;
      const issued = await world.authorizationServer.issue({ sub, clientId: client.clientId, jkt, issuedAtSeconds });
      return issued.accessToken;
    },
    revoke: (token) => world.authorizationServer.revoke(token),
    expireNonces: () => world.expireNonces(),
    trouble: (changes) => world.changeTrouble(changes),
    observe: (listener) => wire.observe(listener),
    takeMistakes: () => referee.take(),
    assertClean() {
      const taken = referee.take();
      if (taken.length > 0) throw new Error(describeMistakes(taken));
    },
    async reset() {
      referee.forget();
      await world.reset();
    },
  };
}

function createFetch(
  routes: readonly Route[],
  { wire, lookOut }: { readonly wire: Wire; readonly lookOut: (request: Request) => void },
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    lookOut(request);
    const route = routes.find(({ base }) => request.url.startsWith(base));
    const response = route && (await wire.carry(request, route));
    if (!response || response.type === 'error') throw new TypeError('Failed to fetch');
    return response;
  };
}
