import { assert } from 'chai';
import { createApi, type Api } from '../support/api.ts';
import { count } from '../support/crypto-calls.ts';
import { generateProofKey } from '../support/proofs.ts';

const isInNode = typeof document === 'undefined';
const countImported = (run: () => Promise<unknown>) => count(isInNode ? 'createPublicKey' : 'importKey', run);

async function assertAllowed(api: Api, accessToken: string): Promise<void> {
  assert.isTrue((await api.send({ accessToken })).ok);
}

describe('resource server: keys that were good before', () => {
  it('are imported once', async () => {
    const api = await createApi();
    const accessToken = await api.issueToken();
    assert.isAtLeast(await countImported(() => assertAllowed(api, accessToken)), 1);
    assert.equal(await countImported(() => assertAllowed(api, accessToken)), 0);
    const next = await api.issueToken();
    assert.equal(await countImported(() => assertAllowed(api, next)), 0, 'with another token');
  });

  it('are imported each time where there is no room for any', async () => {
    const api = await createApi({ keyCacheBytes: 0 });
    const accessToken = await api.issueToken();
    await assertAllowed(api, accessToken);
    assert.equal(await countImported(() => assertAllowed(api, accessToken)), 1);
  });

  it('still have to sign each proof: another signature, or other claims below it, are refused (RFC 9449 §4.3 (6))', async () => {
    const api = await createApi();
    const accessToken = await api.issueToken();
    await assertAllowed(api, accessToken);
    const [head, payload] = (await api.prove({ accessToken })).split('.') as [string, string, string];
    const [, , signature] = (await api.prove({ accessToken })).split('.') as [string, string, string];
    const [, , thiefs] = (await api.prove({ accessToken, key: api.thief })).split('.') as [string, string, string];
    for (const bent of [signature, thiefs]) {
      assert.deepInclude(await api.send({ accessToken, proof: `${head}.${payload}.${bent}` }), { step: 8, code: 'bad_proof_signature' });
    }
  });

  it('have to sign even where the global Promise was replaced meanwhile, as zone.js does (RFC 9449 §4.3 (6))', async () => {
    const api = await createApi();
    const accessToken = await api.issueToken();
    await assertAllowed(api, accessToken);
    const [head, payload] = (await api.prove({ accessToken })).split('.') as [string, string, string];
    const [, , thiefs] = (await api.prove({ accessToken, key: api.thief })).split('.') as [string, string, string];
    const good = await api.prove({ accessToken });
    await withForeignPromise(async () => {
      assert.deepInclude(await api.send({ accessToken, proof: `${head}.${payload}.${thiefs}` }), { step: 8, code: 'bad_proof_signature' });
      assert.isTrue((await api.send({ accessToken, proof: good })).ok);
    });
  });

  it('are no key to the tokens of others', async () => {
    const api = await createApi();
    const accessToken = await api.issueToken();
    const thiefs = await api.issueToken({ jkt: api.thief.jkt });
    assert.isTrue((await api.send({ accessToken: thiefs, proofParts: { key: api.thief } })).ok);
    const stolen = await api.send({ accessToken, proofParts: { key: api.thief } });
    assert.deepInclude(stolen, { step: 8, code: 'proof_key_not_bound_to_token' });
  });

  it('are kept after a good token alone: keys that strangers invent drive out none', async () => {
    const api = await createApi({ keyCacheBytes: 6000 });
    const accessToken = await api.issueToken();
    await assertAllowed(api, accessToken);
    for (let stranger = 0; stranger < 8; stranger += 1) {
      const key = await generateProofKey();
      assert.isFalse((await api.send({ accessToken, proofParts: { key } })).ok);
    }
    assert.equal(await countImported(() => assertAllowed(api, accessToken)), 0);
  });

  it('stay while they are in use, however many good ones come', async () => {
    const api = await createApi({ keyCacheBytes: 3 * 6000 });
    const accessToken = await api.issueToken();
    await assertAllowed(api, accessToken);
    for (let other = 0; other < 12; other += 1) {
      const key = await generateProofKey();
      assert.isTrue((await api.send({ accessToken: await api.issueToken({ jkt: key.jkt }), proofParts: { key } })).ok);
      assert.equal(await countImported(() => assertAllowed(api, accessToken)), 0);
    }
  });
});

/** The global Promise is another class while a function runs: what async functions give is none of its instances. */
async function withForeignPromise(run: () => Promise<void>): Promise<void> {
  const native = globalThis.Promise;
  globalThis.Promise = class extends native<unknown> {} as PromiseConstructor;
  try {
    await run();
  } finally {
    globalThis.Promise = native;
  }
}
