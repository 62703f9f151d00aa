/** What lasts longer than one answer: server-sent events, and uploads with progress, over protected fetches. */

import { assert } from 'chai';
import type { ErrorEvent } from 'eventsource';
import ky from 'ky';
import { createClient as createAxios } from '../../examples/callers/axios.ts';
import { openEvents } from '../../examples/callers/events.ts';
import { createClient as createTrpc } from '../../examples/callers/trpc.ts';
import { uploadByXhr } from '../../examples/callers/upload-by-xhr.ts';
import { uploadInParts } from '../../examples/callers/upload-in-parts.ts';
import { createCaller, type Caller } from '../support/callers.ts';
import { openLane } from '../support/lanes.ts';
import { named } from '../support/versions.ts';
import { findSurroundings, type Surroundings } from './surroundings.ts';

const isInPage = typeof document !== 'undefined';

describe('interop: libraries over protect, streams', () => {
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

  const challenged = 'bad_or_missing_nonce';

  async function assertFresh(): Promise<void> {
    const jtis = (await caller.seen()).map(({ jti }) => jti);
    assert.equal(new Set(jtis).size, jtis.length, 'each attempt has a jti of its own');
  }

  describe(named('eventsource'), () => {
    const title = named('eventsource');

    /** Collects until the source has closed for good. */
    async function read(source: ReturnType<typeof openEvents>): Promise<{ data: string[]; last: ErrorEvent }> {
      const data: string[] = [];
      source.addEventListener('message', (event) => data.push(event.data as string));
      const last = await new Promise<ErrorEvent>((resolve) => {
        source.addEventListener('error', (event) => source.readyState === 2 && resolve(event));
      });
      return { data, last };
    }

    it(`${title}: each connection has a new proof, after a challenge the first; Last-Event-ID and retry are kept, and 204 ends it`, async () => {
      const { data, last } = await read(openEvents(caller.api, `${caller.base}/events`));
      assert.deepEqual(data, [1, 2, 3, 4, 5, 6, 7, 8, 9].map((each) => `event ${each}`));
      assert.equal(last.code, 204);
      const seen = await caller.seen();
      assert.deepEqual(seen.map(({ code, lastEventId }) => [code, lastEventId]), [
        [challenged, null], ['allow', null], ['allow', '3'], ['allow', '6'], ['allow', '9'],
      ]);
      await assertFresh();
    });

    it(`${title}: close() aborts the request that is under way`, async () => {
      const source = openEvents(caller.api, `${caller.base}/slow`);
      await caller.seenWhen((seen) => seen.some(({ code }) => code === 'allow'));
      source.close();
      await caller.seenWhen((seen) => seen.at(-1)!.isAborted);
      assert.equal(source.readyState, 2);
    });

    it(`${title}: a 401 that stays ends it, and so does an origin that is not listed: neither is asked for again`, async () => {
      assert.equal((await read(openEvents(caller.api, `${caller.base}/refused`))).last.code, 401);
      const { last } = await read(openEvents(caller.api, `${surroundings.servers.bystander}/events`));
      assert.include(last.message, 'origin-refused');
      assert.deepEqual((await caller.seen()).map(({ code }) => code), [challenged, 'allow']);
    });

    it(`${title}: destroy() ends it instead of having it ask for ever`, async () => {
      const source = openEvents(caller.api, `${caller.base}/slow`);
      const ended = read(source);
      await caller.seenWhen((seen) => seen.some(({ code }) => code === 'allow'));
      await caller.keybound.destroy();
      assert.include((await ended).last.message, 'destroyed');
    });
  });

  it(`${named('@trpc/client')}, httpSubscriptionLink: its reconnect signs anew and goes on after the last event`, async () => {
    const client = createTrpc(caller.api, `${caller.base}/trpc`);
    const ticks: number[] = [];
    await new Promise<void>((resolve, reject) => {
      const { unsubscribe } = client.ticks.subscribe(undefined, {
        onData({ data }) {
          ticks.push(data);
          if (data === 8) resolve(unsubscribe());
        },
        onError: reject,
      });
    });
    assert.deepEqual(ticks, [1, 2, 3, 4, 5, 6, 7, 8]);
    const seen = await caller.seen();
    assert.isAtLeast(seen.filter(({ code }) => code === 'allow').length, 2, 'it has reconnected');
    assert.isNotNull(seen.at(-1)!.lastEventId);
    await assertFresh();
  });

  describe('uploads', () => {
    const size = 3_000_000;
    const file = new Blob([Uint8Array.from({ length: size }, (_, index) => index % 251)]);

    async function assertArrived(): Promise<void> {
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
      const sha256 = [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      assert.deepEqual(await (await caller.api(`${caller.base}/parts`)).json(), { bytes: size, sha256 });
    }

    it('fetch: an upload in parts tells what has arrived; the file is whole, each part has a fresh jti', async () => {
      const progress: number[] = [];
      await uploadInParts(caller.api, `${caller.base}/parts`, { file, onProgress: (sent) => progress.push(sent) });
      assert.deepEqual(progress, [1_048_576, 2_097_152, size]);
      await assertArrived();
      await assertFresh();
    });

    it('fetch: an upload in parts stops between them when it is aborted', async () => {
      const abort = new AbortController();
      const upload = uploadInParts(caller.api, `${caller.base}/parts`, { file, signal: abort.signal, onProgress: () => abort.abort() });
      const error = await upload.then(() => assert.fail('not aborted'), (reason: Error) => reason);
      assert.equal(error.name, 'AbortError');
      assert.deepEqual((await caller.seen()).filter(({ code }) => code === 'allow').map(({ path }) => path), ['/parts?offset=0']);
    });

    if (isInPage) {
      it('XMLHttpRequest: proof() makes its proof, a HEAD fetches the nonce, progress comes in every browser, the file goes once', async () => {
        const progress: number[] = [];
        const { accessToken } = caller;
        const request = await uploadByXhr(caller.keybound, `${caller.base}/parts`, { file, accessToken, onProgress: (sent) => progress.push(sent) });
        assert.equal(request.status, 200);
        assert.equal(progress.at(-1), size);
        assert.deepEqual((await caller.seen()).map(({ method, code }) => [method, code]), [['HEAD', challenged], ['PUT', 'allow']]);
        await assertArrived();
      });

      // Chromium alone sends streams, and those over HTTP/2 alone: this library makes one of a body whose progress is wanted.
      const streams = navigator.userAgent.includes('Chrome/');

      it(`${named('axios')}: onUploadProgress over HTTP/2: progress where the browser sends streams (Chromium), elsewhere none, and the body arrives whole`, async () => {
        const { jkt } = caller.keybound;
        const lane = await openLane({ jkt });
        const progress: number[] = [];
        const api = caller.keybound.protect({ origins: [lane.origin], accessToken: () => lane.accessToken });
        const { data } = await createAxios(api, lane.origin).put('/parts', 'x'.repeat(500_000), { onUploadProgress: ({ loaded }) => progress.push(loaded) });
        assert.equal((data as { body: string }).body.length, 500_000);
        assert.equal(progress.at(-1), streams ? 500_000 : undefined);
        assert.deepEqual((await lane.report()).requests.map(({ outcome }) => outcome), ['use_dpop_nonce', 'ok']);
        await lane.close();
      });

      it(`${named('axios')}: onUploadProgress over HTTP/1.1: refused by the browser that sends streams (Chromium), elsewhere no progress, and the body arrives whole`, async () => {
        const upload = createAxios(caller.api, caller.base).put('/parts?offset=0', file, { onUploadProgress: () => undefined });
        const error: unknown = await upload.then(() => undefined, (reason: unknown) => reason);
        assert.equal((error as { code?: string } | undefined)?.code, streams ? 'ERR_NETWORK' : undefined, String(error));
        if (!streams) await assertArrived();
      });

      it(`${named('ky')}: onUploadProgress over HTTP/1.1 is refused: by the browser that sends streams (Chromium), elsewhere by ky, and nothing is sent`, async () => {
        const upload = async () => ky.put(`${caller.base}/parts?offset=0`, { fetch: caller.api, body: file, retry: 0, onUploadProgress: () => undefined });
        const error = await upload().then(() => assert.fail('it was sent'), (reason: Error) => reason);
        if (!streams) assert.include(error.message, 'Request streams are not supported');
        assert.deepEqual((await caller.seen()).map(({ method }) => method), []);
      });
    } else {
      it(`${named('axios')}: in Node its onUploadProgress works, for a body that is sent again after a challenge`, async () => {
        const progress: number[] = [];
        const client = createAxios(caller.api, caller.base);
        await client.put('/parts?offset=0', file, { onUploadProgress: ({ loaded }) => progress.push(loaded) });
        assert.equal(progress.at(-1), size);
        await assertArrived();
      });

      it(`${named('ky')}: in Node its onUploadProgress works, for a body that is sent again after a challenge`, async () => {
        const progress: number[] = [];
        const onUploadProgress = ({ transferredBytes }: { transferredBytes: number }) => void progress.push(transferredBytes);
        await ky.put(`${caller.base}/parts?offset=0`, { fetch: caller.api, body: file, onUploadProgress });
        assert.equal(progress.at(-1), size);
        await assertArrived();
      });
    }
  });
});
