/** The worked example of docs/SPEC.md is real: the proof is made again from the key, and the whole request is verified. */

import { assert } from 'chai';
import type { JSONWebKeySet } from 'jose';
import { readDocument } from '../../scripts/docs-samples.mjs';
import { digest } from '../../src/crypto/web.ts';
import type { PublicJwk } from '../../src/protocol/jwk.ts';
import { accessTokenHash, proofHeader, proofWriter, type ProofClaims } from '../../src/protocol/proof.ts';
import { thumbprint } from '../../src/protocol/thumbprint.ts';
import { createResourceServer, memoryReplayStore } from '../../src/resource-server.ts';

interface TokenClaims {
  readonly iss: string;
  readonly aud: string;
  readonly cnf: { readonly jkt: string };
}

/** The private half of RFC 8037, Appendix A.1. */
const d = 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A';

describe('docs/SPEC.md: the worked example', () => {
  const [, example = ''] = readDocument('docs/SPEC.md').split(/^###? (?=Worked example|The ten steps)/m);
  const blocks = [...example.matchAll(/^```(http|json)\n(.*?)^```$/gms)].map(([, , text]) => text!);
  const [request = '', header, claims, tokenClaims, jwks] = blocks;
  const field = (name: string) => new RegExp(`^${name}:(.*(?:\\n .*)*)`, 'm').exec(request)?.[1]!.replaceAll(/\n /g, '').trim() ?? '';
  const proof = field('DPoP');
  const accessToken = field('Authorization').replace(/^DPoP */, '');
  const url = `https://${field('Host')}${request.split(' ')[1]}`;
  const { alg, jwk } = JSON.parse(header!) as { alg: string; jwk: PublicJwk };
  const proofClaims = JSON.parse(claims!) as ProofClaims;
  const token = JSON.parse(tokenClaims!) as TokenClaims;
  const nowSeconds = Number(/at (18\d{8})/.exec(example)![1]);

  it('shows the proof that the key and the claims make', async () => {
    const key = await crypto.subtle.importKey('jwk', { ...jwk, d }, 'Ed25519', false, ['sign']);
    const write = proofWriter(proofHeader(alg, jwk), (bytes) => crypto.subtle.sign('Ed25519', key, bytes));
    const { jti, ...about } = proofClaims;
    assert.equal(await write(about, jti), proof);
  });

  it('shows the claims of the token, bound to the key', async () => {
    assert.deepEqual(JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()), token);
    assert.equal(await thumbprint(jwk, digest), token.cnf.jkt);
    assert.equal(await accessTokenHash(accessToken, digest), proofClaims.ath);
  });

  it('passes the resource server, and the same proof does not pass it twice', async () => {
    const secret = /`(an example secret[^`]*)`/.exec(example)![1]!;
    const clock = () => nowSeconds;
    const server = createResourceServer({
      issuers: [{ issuer: token.iss, audience: token.aud, keys: JSON.parse(jwks!) as JSONWebKeySet }],
      // Without an epoch, which would be another one in each run.
      replayStore: { claim: memoryReplayStore({ nowSeconds: clock }).claim },
      nonce: { policy: 'window', secret },
      nowSeconds: clock,
    });
    const sent = { method: 'GET', url, headers: [['Authorization', `DPoP ${accessToken}`], ['DPoP', proof]] as [string, string][] };
    assert.deepInclude(await server.verify(sent), { ok: true, jkt: token.cnf.jkt });
    assert.deepInclude(await server.verify(sent), { ok: false, code: 'proof_replayed' });
  });

  it('shows the challenge of a proof without nonce as it is written', async () => {
    const server = createResourceServer({
      issuers: [{ issuer: token.iss, audience: token.aud, keys: JSON.parse(jwks!) as JSONWebKeySet }],
      replayStore: memoryReplayStore(),
    });
    const [head, payload] = [proofHeader(alg, jwk), Buffer.from(JSON.stringify({ ...proofClaims, nonce: undefined })).toString('base64url')];
    const bare = `${head}.${payload}.${proof.split('.')[2]}`;
    const decision = await server.verify({ method: 'GET', url, headers: [['Authorization', `DPoP ${accessToken}`], ['DPoP', bare]] });
    assert.isFalse(decision.ok);
    const response = (decision as { response(): Response }).response();
    assert.include(blocks.at(-1), `WWW-Authenticate: ${response.headers.get('WWW-Authenticate')}\n`);
    assert.include(blocks.at(-1), `\n${await response.text()}\n`);
  });
});
