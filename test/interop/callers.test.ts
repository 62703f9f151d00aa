/** What apps call their APIs with, given `protect(...)` as its fetch: the examples of examples/callers, before real verifiers. */

import { gql, ServerError } from '@apollo/client';
import { TRPCClientError } from '@trpc/client';
import { CombinedError } from '@urql/core';
import { isAxiosError, isCancel } from 'axios';
import { assert } from 'chai';
import { HTTPError } from 'ky';
import { createClient as createApollo } from '../../examples/callers/apollo.ts';
import { createClient as createAxios } from '../../examples/callers/axios.ts';
import { createClient as createKy } from '../../examples/callers/ky.ts';
import { createClient as createOpenApi } from '../../examples/callers/openapi-fetch.ts';
import { createQueryClient, HttpError, ordersQuery } from '../../examples/callers/tanstack-query.ts';
import { createClient as createTrpc } from '../../examples/callers/trpc.ts';
import { createClient as createUrql } from '../../examples/callers/urql.ts';
import { createCaller, type Caller } from '../support/callers.ts';
import { named } from '../support/versions.ts';
import { findSurroundings, type Surroundings } from './surroundings.ts';

/** A library at work. What it gives is told in one way, so that all can be held to the same. */
interface Client {
  /** Reads something of the API that answers with the user's name in it. */
  read(): Promise<unknown>;
  /** Sends `item` in a body; the answer repeats it. */
  write(item: string): Promise<unknown>;
  /** Asks what never answers. */
  readSlowly(signal: AbortSignal): Promise<unknown>;
  /** Asks what is busy as often as it is told, and then answers. */
  readBusy(failures: number): Promise<unknown>;
  /** Asks what answers 401 whatever is tried. */
  readRefused(): Promise<unknown>;
}

interface Library {
  readonly title: string;
  /** At a base URL, which may be one that is not listed. */
  create(api: typeof fetch, base: string): Client;
  /** The HTTP status that its error tells; undefined where it is another error, or none of the library's own. */
  statusOf(error: unknown): number | undefined;
  /** The KeyboundError in its error. */
  keyboundErrorOf(error: unknown): unknown;
  isAbort(error: unknown): boolean;
  /** How often it asks where the API is busy twice: its own policy, as the example has it. */
  readonly asksWhenBusy: number;
}

interface Paths {
  '/orders': { get: { responses: { 200: { content: { 'application/json': unknown } } } }; post: { requestBody: { content: { 'application/json': { item: string } } }; responses: { 200: { content: { 'application/json': unknown } } } } };
  '/slow': { get: { responses: { 200: { content: { 'application/json': unknown } } } } };
  '/refused': { get: { responses: { 200: { content: { 'application/json': unknown } } } } };
  '/flaky': { get: { parameters: { query: { failures: number } }; responses: { 200: { content: { 'application/json': unknown } } } } };
}

const same = (error: unknown) => error;
const missing = (): never => assert.fail('no error');
const causeOf = (error: unknown) => (error as Error).cause;
const isAbortError = (error: unknown) => (error as Error).name === 'AbortError';

const libraries: Library[] = [
  {
    title: named('ky'),
    create(api, base) {
      const client = createKy(api, base);
      return {
        read: () => client.get('orders').json(),
        write: (item) => client.post('orders', { json: { item } }).json(),
        readSlowly: (signal) => client.get('slow', { signal }).json(),
        readBusy: (failures) => client.get(`flaky?failures=${failures}`, { retry: { delay: () => 1 } }).json(),
        readRefused: () => client.get('refused').json(),
      };
    },
    statusOf: (error) => (error instanceof HTTPError ? error.response.status : undefined),
    keyboundErrorOf: same,
    isAbort: isAbortError,
    asksWhenBusy: 3,
  },
  {
    title: named('openapi-fetch'),
    create(api, base) {
      const client = createOpenApi<Paths>(api, base);
      // It resolves with the error of an answer, and throws no HTTP error of its own.
      const unwrap = async (answer: Promise<{ data?: unknown; error?: unknown; response: Response }>) => {
        const { data, response } = await answer;
        if (!response.ok) throw response;
        return data;
      };
      return {
        read: () => unwrap(client.GET('/orders')),
        write: (item) => unwrap(client.POST('/orders', { body: { item } })),
        readSlowly: (signal) => unwrap(client.GET('/slow', { signal })),
        readBusy: (failures) => unwrap(client.GET('/flaky', { params: { query: { failures } } })),
        readRefused: () => unwrap(client.GET('/refused')),
      };
    },
    statusOf: (error) => (error instanceof Response ? error.status : undefined),
    keyboundErrorOf: same,
    isAbort: isAbortError,
    asksWhenBusy: 1,
  },
  {
    title: named('axios'),
    create(api, base) {
      const client = createAxios(api, base);
      return {
        read: async () => (await client.get('/orders')).data,
        write: async (item) => (await client.post('/orders', { item })).data,
        readSlowly: (signal) => client.get('/slow', { signal }),
        readBusy: async (failures) => (await client.get('/flaky', { params: { failures } })).data,
        readRefused: () => client.get('/refused'),
      };
    },
    statusOf: (error) => (isAxiosError(error) ? error.response?.status : undefined),
    keyboundErrorOf: (error) => (isAxiosError(error) ? causeOf(error) : undefined),
    isAbort: isCancel,
    asksWhenBusy: 1,
  },
  {
    title: named('@tanstack/query-core'),
    create(api, base) {
      const client = createQueryClient();
      const fetchQuery = (path: string) => client.fetchQuery({ ...ordersQuery(api, base + path), retryDelay: 1 });
      return {
        read: () => fetchQuery('/orders'),
        write: (item) => client.getMutationCache().build(client, {
          mutationFn: async (body: object) => (await api(`${base}/orders`, { method: 'POST', body: JSON.stringify(body) })).json(),
        }).execute({ item }),
        readSlowly(signal) {
          const query = fetchQuery('/slow');
          signal.addEventListener('abort', () => void client.cancelQueries());
          return query;
        },
        readBusy: (failures) => fetchQuery(`/flaky?failures=${failures}`),
        readRefused: () => fetchQuery('/refused'),
      };
    },
    statusOf: (error) => (error instanceof HttpError ? error.status : undefined),
    keyboundErrorOf: same,
    isAbort: (error) => (error as Error).constructor.name.includes('CancelledError') || (error as { revert?: boolean }).revert !== undefined,
    asksWhenBusy: 3,
  },
  {
    title: `${named('@apollo/client')}, HttpLink`,
    create(api, base) {
      const at = (path: string) => createApollo(api, base + path);
      const query = gql`query { orders }`;
      return {
        read: async () => (await at('/graphql').query({ query })).data,
        write: async (item) => (await at('/graphql').mutate({ mutation: gql`mutation ($item: String!) { order(item: $item) }`, variables: { item } })).data,
        readSlowly: (signal) => at('/slow').query({ query, context: { fetchOptions: { signal } } }),
        readBusy: async (failures) => (await at(`/flaky?failures=${failures}`).query({ query })).data,
        readRefused: () => at('/refused').query({ query }),
      };
    },
    statusOf: (error) => (ServerError.is(error) ? error.statusCode : undefined),
    keyboundErrorOf: same,
    isAbort: isAbortError,
    asksWhenBusy: 3,
  },
  {
    title: `${named('@urql/core')}, fetchExchange`,
    create(api, base) {
      const at = (path: string) => createUrql(api, base + path);
      const unwrap = async (answer: PromiseLike<{ data?: unknown; error?: unknown }>) => {
        const { data, error } = await answer;
        if (error) throw error;
        return data;
      };
      const query = 'query { orders }';
      return {
        read: () => unwrap(at('/graphql').query(query, {})),
        write: (item) => unwrap(at('/graphql').mutation('mutation ($item: String!) { order(item: $item) }', { item })),
        // It has no signals: whoever unsubscribes aborts, and hears no more.
        readSlowly: (signal) => new Promise((_, reject) => {
          const { unsubscribe } = at('/slow').query(query, {}).subscribe(() => reject(new Error('answered')));
          signal.addEventListener('abort', () => (unsubscribe(), reject(signal.reason as Error)));
        }),
        readBusy: (failures) => unwrap(at(`/flaky?failures=${failures}`).query(query, {})),
        readRefused: () => unwrap(at('/refused').query(query, {})),
      };
    },
    statusOf: (error) => (error instanceof CombinedError ? (error.response as Response | undefined)?.status : undefined),
    keyboundErrorOf: (error) => (error as CombinedError).networkError,
    isAbort: isAbortError,
    asksWhenBusy: 1,
  },
  {
    title: `${named('@trpc/client')}, httpBatchLink`,
    create(api, base) {
      const at = (path: string) => createTrpc(api, base + path);
      return {
        read: () => at('/trpc').whoAmI.query(),
        write: (item) => at('/trpc').order.mutate({ item }),
        readSlowly: (signal) => at('/slow').whoAmI.query(undefined, { signal }),
        readBusy: (failures) => at(`/flaky?failures=${failures}`).whoAmI.query(),
        readRefused: () => at('/refused').whoAmI.query(),
      };
    },
    statusOf: (error) => (error instanceof TRPCClientError ? (error.meta?.response as Response | undefined)?.status : undefined),
    keyboundErrorOf: (error) => (error instanceof TRPCClientError ? error.cause : undefined),
    isAbort: (error) => error instanceof TRPCClientError && isAbortError(error.cause),
    asksWhenBusy: 1,
  },
];

describe('interop: libraries over protect', () => {
  let surroundings: Surroundings;
  let caller: Caller;
  before(async () => {
    surroundings = await findSurroundings();
  });
  beforeEach(async () => {
    caller = await createCaller(surroundings);
  });
  afterEach(() => caller.keybound.destroy());
  after(() => surroundings.close());

  /** What the API decided on what it was sent, each time with a proof that it had not seen before. */
  async function assertDecided(...codes: string[]): Promise<void> {
    const seen = await caller.seen();
    assert.deepEqual(seen.map(({ code }) => code), codes);
    assert.equal(new Set(seen.map(({ jti }) => jti)).size, codes.length, 'each attempt has a jti of its own');
  }

  const challenged = 'bad_or_missing_nonce';

  for (const { title, create, statusOf, keyboundErrorOf, isAbort, asksWhenBusy } of libraries) {
    it(`${title}: challenges are answered inside, a body arrives whole the second time, each attempt has a fresh jti`, async () => {
      const client = create(caller.api, caller.base);
      const item = 'é'.repeat(70_000);
      assert.include(JSON.stringify(await client.write(item)), item);
      assert.include(JSON.stringify(await client.read()), 'alice');
      await assertDecided(challenged, 'allow', 'allow');
    });

    it(`${title}: a 401 that stays is its own error with the status, and is not asked for again`, async () => {
      const error: unknown = await create(caller.api, caller.base).readRefused().then(missing, same);
      assert.equal(statusOf(error), 401, String(error));
      await assertDecided(challenged, 'allow');
    });

    it(`${title}: an origin that is not listed is told (origin-refused), is sent nothing, and is not asked again`, async () => {
      const refused: string[] = [];
      caller.keybound.addEventListener('refused', ({ detail }) => refused.push(detail.reason));
      const error = keyboundErrorOf(await create(caller.api, surroundings.servers.bystander).read().then(missing, same));
      assert.include(error, { name: 'KeyboundError', code: 'origin-refused' });
      assert.deepEqual(refused, ['origin']);
    });

    it(`${title}: where the API is busy, it asks ${asksWhenBusy === 1 ? 'once' : `${asksWhenBusy} times, by its own policy`}, each time with a fresh jti`, async () => {
      const client = create(caller.api, caller.base);
      const outcome: unknown = await client.readBusy(2).catch(same);
      if (asksWhenBusy === 1) assert.equal(statusOf(outcome), 503, String(outcome));
      await assertDecided(challenged, ...Array<string>(asksWhenBusy).fill('allow'));
    });

    it(`${title}: an abort is kept: the connection ends, and the error is the library's own`, async () => {
      const client = create(caller.api, caller.base);
      const abort = new AbortController();
      const outcome = client.readSlowly(abort.signal).then(missing, same);
      await caller.seenWhen((seen) => seen.some(({ code }) => code === 'allow'));
      abort.abort();
      assert.isTrue(isAbort(await outcome), String(await outcome));
      await caller.seenWhen((seen) => seen.at(-1)!.isAborted);
    });
  }
});
