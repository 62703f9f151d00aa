/** The attack list, line by line: each row is one request, and what must come of it. */

import { assert } from 'chai';
import { CompactSign, UnsecuredJWT } from 'jose';
import { digest } from '../../src/crypto/web.ts';
import { decodeBase64url, encodeBase64url } from '../../src/protocol/base64url.ts';
import { utf8 } from '../../src/protocol/bytes.ts';
import { thumbprint } from '../../src/protocol/thumbprint.ts';
import { memoryReplayStore, type DenyCode, type ResourceServerOptions, type Step } from '../../src/resource-server.ts';
import { NonceIssuer } from '../../src/verifier/nonce.ts';
import { createApi, ordersUrl, type Api, type SendParts } from '../support/api.ts';
import { generateProofKey, makeProof, segment, signJws, type ProofKey, type ProofParts } from '../support/proofs.ts';

interface Row {
  readonly attack: string;
  readonly clause: string;
  /** What is bent about a good request of Alice's. */
  readonly send: SendParts | ((api: Api) => SendParts | Promise<SendParts>);
  readonly options?: Partial<ResourceServerOptions>;
  /** What must come of it: nothing for ALLOW. */
  readonly denied?: readonly [Step, DenyCode];
}

const secret = 'a secret of thirty-two bytes or more';
const demanding = { nonce: { policy: 'window', secret } } as const;

const envelope = (code: DenyCode) => [1, code] as const;
const malformedRequest = envelope('malformed_request');
const malformedProof = [2, 'malformed_proof'] as const;
const uriMismatch = [4, 'uri_mismatch'] as const;
const badNonce = [5, 'bad_or_missing_nonce'] as const;
const badTokenSignature = [6, 'bad_access_token_signature'] as const;
const notForUs = [6, 'token_not_for_this_server'] as const;
const notBound = [8, 'proof_key_not_bound_to_token'] as const;

/** A request with these headers, in which {token} and {proof} stand for the good ones. */
function sendHeaders(...lines: [string, string][]): SendParts {
  const fill = (value: string, credentials: { accessToken: string; proof: string }) =>
    value.replaceAll('{token}', credentials.accessToken).replaceAll('{proof}', credentials.proof);
  return { headers: (credentials) => lines.map(([name, value]): [string, string] => [name, fill(value, credentials)]) };
}

const proof = (parts: Partial<ProofParts>): SendParts => ({ proofParts: parts });
const header = (members: Record<string, unknown>) => proof({ header: members });
const claims = (members: Record<string, unknown>) => proof({ claims: members });
const token = (members: Record<string, unknown>): SendParts => ({ token: { claims: members } });

/** A proof made of raw segments, signed by Alice. */
const raw = (change: (parts: { header: string; payload: string; signature: string }) => string) => (api: Api): SendParts => ({
  proof: async (accessToken) => {
    const [first, second, third] = (await api.prove({ accessToken })).split('.') as [string, string, string];
    return change({ header: first, payload: second, signature: third });
  },
});

/** A proof whose key, or what is shown of it, is chosen by the row. */
const withKey = (alg: ProofKey['alg'], show: (key: ProofKey) => unknown) => async (api: Api): Promise<SendParts> => {
  const key = await generateProofKey(alg);
  return { accessToken: await api.issueToken({ jkt: key.jkt }), proofParts: { key, header: { jwk: show(key) } } };
};

const rows: readonly Row[] = [
  // Envelope
  { attack: '1 no credentials', clause: 'RFC 6750 §3', send: sendHeaders(), denied: envelope('missing_credentials') },
  { attack: '2 a proof without Authorization', clause: 'RFC 9449 §7.1', send: sendHeaders(['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '3 DPoP scheme without a proof', clause: 'RFC 9449 §7.1', send: sendHeaders(['Authorization', 'DPoP {token}']), denied: envelope('proof_missing') },
  { attack: '4 unknown scheme', clause: 'RFC 9110 §11.1', send: sendHeaders(['Authorization', 'Basic QWxhZGRpbg=='], ['DPoP', '{proof}']), denied: envelope('missing_credentials') },
  { attack: '5 scheme in lower case', clause: 'RFC 9110 §11.1', send: { scheme: 'dpop' } },
  { attack: '5 scheme in upper case', clause: 'RFC 9110 §11.1', send: { scheme: 'DPOP' } },
  { attack: '5 scheme in odd case', clause: 'RFC 9110 §11.1', send: { scheme: 'dPoP' } },
  { attack: '6 header names in other cases', clause: 'RFC 9110 §5.1', send: sendHeaders(['AUTHORIZATION', 'DPoP {token}'], ['dpop', '{proof}']) },
  { attack: '7 several spaces after the scheme', clause: 'RFC 9110 §11.4', send: sendHeaders(['Authorization', 'DPoP   {token}'], ['DPoP', '{proof}']) },
  { attack: '7 a tab after the scheme', clause: 'RFC 9110 §11.4', send: sendHeaders(['Authorization', 'DPoP\t{token}'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '8 no token', clause: 'RFC 9110 §11.4', send: sendHeaders(['Authorization', 'DPoP'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '8 an empty token', clause: 'RFC 9110 §11.4', send: sendHeaders(['Authorization', 'DPoP '], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '8 an empty Authorization', clause: 'RFC 9110 §11.4', send: sendHeaders(['Authorization', ''], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '9 three parts', clause: 'RFC 9110 §11.4', send: sendHeaders(['Authorization', 'DPoP {token} {token}'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '10 two Authorization lines', clause: 'RFC 9110 §5.3', send: sendHeaders(['Authorization', 'DPoP {token}'], ['Authorization', 'DPoP {token}'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '11 DPoP and Bearer lines', clause: 'RFC 9449 §7.2', send: sendHeaders(['Authorization', 'DPoP {token}'], ['Authorization', 'Bearer {token}'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '11 DPoP and Bearer in one line', clause: 'RFC 9449 §7.2', send: sendHeaders(['Authorization', 'DPoP {token}, Bearer {token}'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '11 Basic and DPoP in one line', clause: 'RFC 9449 §7.2', send: sendHeaders(['Authorization', 'Basic {token}, DPoP {token}'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '12 token in the query', clause: 'RFC 6750 §2', send: { url: `${ordersUrl}?access_token=abc`, ...sendHeaders() }, denied: malformedRequest },
  { attack: '12 token in the query, its name escaped', clause: 'RFC 6750 §2', send: { url: `${ordersUrl}?x=1&%61ccess_token=abc`, ...sendHeaders() }, denied: malformedRequest },
  { attack: '14 token in the header and in the query', clause: 'RFC 6750 §2', send: { url: `${ordersUrl}?access_token=abc` }, denied: malformedRequest },
  { attack: '14 another parameter of a like name', clause: 'RFC 6750 §2', send: { url: `${ordersUrl}?my_access_token=abc` } },
  { attack: '15 two DPoP lines', clause: 'RFC 9449 §4.3 (1)', send: sendHeaders(['Authorization', 'DPoP {token}'], ['DPoP', '{proof}'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '15 two DPoP lines, one empty', clause: 'RFC 9449 §4.3 (1)', send: sendHeaders(['Authorization', 'DPoP {token}'], ['DPoP', '{proof}'], ['dpop', '']), denied: malformedRequest },
  { attack: '16 two proofs joined by a comma', clause: 'RFC 9449 §4.3 (1)', send: sendHeaders(['Authorization', 'DPoP {token}'], ['DPoP', '{proof}, {proof}']), denied: malformedRequest },
  { attack: '16 two proofs joined by a bare comma', clause: 'RFC 9449 §4.3 (1)', send: sendHeaders(['Authorization', 'DPoP {token}'], ['DPoP', '{proof},{proof}']), denied: malformedRequest },
  { attack: '17 an empty DPoP header', clause: 'RFC 9449 §4.1', send: sendHeaders(['Authorization', 'DPoP {token}'], ['DPoP', '']), denied: malformedRequest },
  { attack: '18 a proof above the cap', clause: 'maxProofBytes', send: claims({ padding: 'x'.repeat(8192) }), denied: malformedRequest },
  { attack: '18 a proof at a cap of its own size', clause: 'maxProofBytes', options: { maxProofBytes: 100 }, send: {}, denied: malformedRequest },
  { attack: '19 a token above the cap', clause: 'maxTokenBytes', send: token({ padding: 'x'.repeat(16_384) }), denied: malformedRequest },
  { attack: '20 a token that is no token68', clause: 'RFC 9110 §11.2', send: sendHeaders(['Authorization', 'DPoP {token}"'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '20 a padding sign inside the token', clause: 'RFC 9110 §11.2', send: sendHeaders(['Authorization', 'DPoP a=b'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '20 a control byte in the token', clause: 'RFC 9110 §5.5', send: sendHeaders(['Authorization', 'DPoP {token}\u0000'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '20 a line break in the token', clause: 'RFC 9110 §5.5', send: sendHeaders(['Authorization', 'DPoP {token}\n'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '20 a control byte in the proof', clause: 'RFC 9110 §5.5', send: sendHeaders(['Authorization', 'DPoP {token}'], ['DPoP', '{proof}\u0001']), denied: malformedRequest },
  { attack: '20 a letter beyond ASCII in the proof', clause: 'RFC 9110 §5.5', send: sendHeaders(['Authorization', 'DPoP {token}'], ['DPoP', '{proof}é']), denied: malformedRequest },

  // Proof shape
  { attack: '21 not a JWT', clause: 'RFC 9449 §4.3 (2)', send: { proof: 'proof' }, denied: malformedProof },
  { attack: '22 two segments', clause: 'RFC 9449 §4.3 (2)', send: raw((p) => `${p.header}.${p.payload}`), denied: malformedProof },
  { attack: '22 an empty signature', clause: 'RFC 9449 §4.3 (2)', send: raw((p) => `${p.header}.${p.payload}.`), denied: malformedProof },
  { attack: '23 five segments', clause: 'RFC 9449 §4.3 (2)', send: raw((p) => `${p.header}.${p.payload}.${p.signature}.a.b`), denied: malformedProof },
  { attack: '24 a foreign character', clause: 'RFC 7515 §2', send: raw((p) => `${p.header}.${p.payload}.${p.signature}!`), denied: malformedProof },
  { attack: '24 padding', clause: 'RFC 7515 §2', send: raw((p) => `${p.header}.${p.payload}.${p.signature}==`), denied: malformedProof },
  { attack: '24 the base64 alphabet', clause: 'RFC 7515 §2', send: raw((p) => `${p.header}.${p.payload}.+/${p.signature.slice(2)}`), denied: malformedProof },
  { attack: '24 bits left over', clause: 'RFC 4648 §3.5', send: raw((p) => `${p.header}.${p.payload}.${p.signature.slice(0, -1)}B`), denied: malformedProof },
  { attack: '24 bytes that are no UTF-8', clause: 'RFC 7519 §7.2', send: raw((p) => `_w.${p.payload}.${p.signature}`), denied: malformedProof },
  ...['[]', '"text"', 'null', '1', '{', '{"jti":"a","jti":"b"}', '{"x":{"a":1,"a":2}}', '{"jti":"a","\\u006ati":"b"}'].map((payload): Row => ({
    attack: `25 the payload ${payload}`,
    clause: 'RFC 7519 §4, §7.2',
    send: ({ alice }) => ({ proof: () => signJws({ header: { typ: 'dpop+jwt', alg: 'ES256', jwk: alice.publicJwk }, payload, signer: alice }) }),
    denied: malformedProof,
  })),
  { attack: '26 typ missing', clause: 'RFC 9449 §4.3 (4)', send: header({ typ: undefined }), denied: malformedProof },
  ...['JWT', 'at+jwt', 'dpop+at', 'dpop', '', 1, null, ['dpop+jwt']].map((typ): Row => ({
    attack: `27, 28 typ ${JSON.stringify(typ)}`, clause: 'RFC 9449 §4.3 (4)', send: header({ typ }), denied: malformedProof,
  })),
  { attack: '29 alg missing', clause: 'RFC 9449 §4.3 (5)', send: header({ alg: undefined }), denied: malformedProof },
  ...['none', 'None', 'HS256', 'RS256', 'ES384', 'es256', '', 7, null, ['ES256'], '__proto__', 'constructor'].map((alg): Row => ({
    attack: `30 to 33 alg ${JSON.stringify(alg)}`, clause: 'RFC 9449 §4.3 (5), §11.6', send: header({ alg }), denied: malformedProof,
  })),
  ...[undefined, null, 'key', [], {}, 1].map((jwk): Row => ({
    attack: `34, 35 jwk ${JSON.stringify(jwk) ?? 'missing'}`, clause: 'RFC 9449 §4.2', send: header({ jwk }), denied: malformedProof,
  })),
  {
    attack: '36 a private jwk', clause: 'RFC 9449 §4.3 (7)', denied: malformedProof,
    send: async ({ alice }) => header({ jwk: await crypto.subtle.exportKey('jwk', alice.privateKey) }),
  },
  { attack: '36 a public jwk with d null', clause: 'RFC 9449 §4.3 (7)', send: ({ alice }) => header({ jwk: { ...alice.publicJwk, d: null } }), denied: malformedProof },
  { attack: '37 a symmetric jwk', clause: 'RFC 9449 §4.3 (7)', send: header({ jwk: { kty: 'oct', k: 'AAAA' } }), denied: malformedProof },
  { attack: '38 an RSA key under ES256', clause: 'RFC 7518 §3.1', send: header({ jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } }), denied: malformedProof },
  { attack: '38 an EC key under Ed25519', clause: 'RFC 9864', send: header({ alg: 'Ed25519' }), denied: malformedProof },
  { attack: '39 an X25519 key', clause: 'RFC 8037 §3.2', send: header({ alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) } }), denied: malformedProof },
  { attack: '39 an Ed448 key', clause: 'RFC 8037 §3.1', send: header({ alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed448', x: 'A'.repeat(76) } }), denied: malformedProof },
  { attack: '39 a P-384 key', clause: 'RFC 7518 §3.4', send: ({ alice }) => header({ jwk: { ...alice.publicJwk, crv: 'P-384' } }), denied: malformedProof },
  { attack: '39 a coordinate too short', clause: 'RFC 7518 §6.2.1.2', send: ({ alice }) => header({ jwk: { ...alice.publicJwk, x: 'AAAA' } }), denied: malformedProof },
  { attack: '40 an RSA key of 1024 bits', clause: 'RFC 7518 §3.3', options: { proofAlgorithms: ['RS256'] }, send: header({ alg: 'RS256', jwk: { kty: 'RSA', n: `_${'A'.repeat(169)}AA`.slice(0, 171), e: 'AQAB' } }), denied: malformedProof },
  { attack: '40 an RSA key with a huge exponent', clause: 'RFC 8725 §3.5', options: { proofAlgorithms: ['RS256'] }, send: header({ alg: 'RS256', jwk: { kty: 'RSA', n: `_${'A'.repeat(340)}A`, e: '_wAAAAAB' } }), denied: malformedProof },
  { attack: '41 crit with an unknown extension', clause: 'RFC 7515 §4.1.11', send: header({ crit: ['exp'], exp: 1 }), denied: malformedProof },
  { attack: '42 b64 false', clause: 'RFC 7797 §7', send: header({ crit: ['b64'], b64: false }), denied: malformedProof },
  { attack: '43 jku, x5u and kid', clause: 'RFC 9449 §4.2', send: header({ jku: 'https://evil.example/jwks', x5u: 'https://evil.example/x5u', kid: 'other' }) },
  ...[undefined, 1, {}, null, '', 'x'.repeat(257)].map((jti): Row => ({
    attack: `44 to 46 jti ${JSON.stringify(jti)?.slice(0, 20) ?? 'missing'}`, clause: 'RFC 9449 §4.2, §11.1', send: claims({ jti }), denied: malformedProof,
  })),
  { attack: '46 a jti of 256 characters', clause: 'RFC 9449 §11.1', send: claims({ jti: 'x'.repeat(256) }) },
  ...(['htm', 'htu', 'iat'] as const).flatMap((name) => [undefined, null, {}, true].map((value): Row => ({
    attack: `47 to 49 ${name} ${JSON.stringify(value) ?? 'missing'}`, clause: 'RFC 9449 §4.2', send: claims({ [name]: value }), denied: malformedProof,
  }))),
  { attack: '50 iat as a text', clause: 'RFC 7519 §2', send: claims({ iat: '1800000000' }), denied: malformedProof },
  { attack: '50 iat below zero', clause: 'RFC 7519 §2', send: claims({ iat: -1 }), denied: malformedProof },
  { attack: '51 ath missing', clause: 'RFC 9449 §7', send: claims({ ath: undefined }), denied: malformedProof },
  { attack: '52 ath no text', clause: 'RFC 9449 §4.2', send: claims({ ath: 1 }), denied: malformedProof },
  { attack: '53 nonce no text', clause: 'RFC 9449 §4.2', send: claims({ nonce: 1 }), denied: malformedProof },
  { attack: '54 unknown header members and claims', clause: 'RFC 9449 §4.2', send: proof({ header: { x: 1 }, claims: { y: [] } }) },

  // Method and URI
  { attack: '55 another method', clause: 'RFC 9449 §4.3 (8)', send: claims({ htm: 'POST' }), denied: [3, 'method_mismatch'] },
  { attack: '56 the method in lower case', clause: 'RFC 9110 §9.1', send: claims({ htm: 'get' }), denied: [3, 'method_mismatch'] },
  ...([
    ['57 another path', 'https://api.example.com/admin'],
    ['57 the path in another case', 'https://api.example.com/Orders'],
    ['58 another host', 'https://api.example.org/orders'],
    ['59 another scheme', 'http://api.example.com/orders'],
    ['60 another port', 'https://api.example.com:8443/orders'],
    ['65 an escaped slash', 'https://api.example.com/x%2Forders'],
    ['67 a trailing slash', 'https://api.example.com/orders/'],
    ['68 user information', 'https://alice@api.example.com/orders'],
    ['68 empty user information', 'https://@api.example.com/orders'],
    ['69 a relative reference', '/orders'],
    ['69 nothing', ''],
    ['69 another scheme altogether', 'data:,orders'],
    ['69 backslashes', 'https:\\\\api.example.com\\orders'],
    ['69 a space', ' https://api.example.com/orders'],
    ['69 missing slashes', 'https:api.example.com/orders'],
  ] as const).map(([attack, htu]): Row => ({ attack: `${attack} in htu`, clause: 'RFC 9449 §4.3 (9)', send: claims({ htu }), denied: uriMismatch })),
  ...([
    ['61 a query', 'https://api.example.com/orders?x=1'],
    ['61 a fragment', 'https://api.example.com/orders#top'],
    ['63 scheme and host in upper case', 'HTTPS://API.Example.COM/orders'],
    ['64 the default port', 'https://api.example.com:443/orders'],
    ['66 dot segments', 'https://api.example.com/a/../orders'],
    ['66 an escaped letter', 'https://api.example.com/%6frders'],
  ] as const).map(([attack, htu]): Row => ({ attack: `${attack} in htu`, clause: 'RFC 9449 §4.3 (9), RFC 3986 §6.2.2', send: claims({ htu }) })),
  { attack: '62 a query in the request', clause: 'RFC 9449 §4.3 (9)', send: { url: `${ordersUrl}?page=2`, proofParts: { url: ordersUrl } } },
  { attack: '65 an escaped slash in the request', clause: 'RFC 3986 §2.2', send: { url: 'https://api.example.com/a%2Fb', proofParts: { claims: { htu: 'https://api.example.com/a/b' } } }, denied: uriMismatch },
  { attack: '70 a Host that cuts off the path', clause: 'RFC 9112 §3.2', send: sendHeaders(['Host', 'api.example.com/orders?'], ['Authorization', 'DPoP {token}'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '70 a Host with a fragment', clause: 'RFC 9112 §3.2', send: sendHeaders(['Host', 'api.example.com#'], ['Authorization', 'DPoP {token}'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '70 a Host with user information', clause: 'RFC 9112 §3.2', send: sendHeaders(['Host', 'api.example.com@evil.example'], ['Authorization', 'DPoP {token}'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '70 two Hosts', clause: 'RFC 9112 §3.2', send: sendHeaders(['Host', 'api.example.com'], ['Host', 'evil.example'], ['Authorization', 'DPoP {token}'], ['DPoP', '{proof}']), denied: malformedRequest },
  { attack: '71 X-Forwarded-Host', clause: 'RFC 7239 §8', send: sendHeaders(['X-Forwarded-Host', 'evil.example'], ['Forwarded', 'host=evil.example'], ['Authorization', 'DPoP {token}'], ['DPoP', '{proof}']) },
  { attack: '71 a proof for X-Forwarded-Host', clause: 'RFC 7239 §8', send: { ...claims({ htu: 'https://evil.example/orders' }), ...sendHeaders(['X-Forwarded-Host', 'evil.example'], ['Authorization', 'DPoP {token}'], ['DPoP', '{proof}']) }, denied: uriMismatch },
  { attack: '72 behind a proxy with a prefix', clause: 'publicUrl', options: { publicUrl: new URL('https://api.example.com/shop/') }, send: { url: 'http://10.0.0.7:8080/orders?page=2', proofParts: { url: 'https://api.example.com/shop/orders' } } },
  { attack: '72 behind a proxy, a bare target', clause: 'publicUrl', options: { publicUrl: new URL('https://api.example.com') }, send: { url: '/orders?page=2', proofParts: { url: ordersUrl } } },
  { attack: '72 behind a proxy, a target with two slashes', clause: 'RFC 9112 §3.2.1', options: { publicUrl: new URL('https://api.example.com') }, send: { url: '//evil.example/orders', proofParts: { url: 'https://evil.example/orders' } }, denied: uriMismatch },
  { attack: '72 behind a proxy, by a function', clause: 'publicUrl', options: { publicUrl: ({ url }) => new URL(url.replace('http://10.0.0.7', 'https://api.example.com')) }, send: { url: 'http://10.0.0.7/orders', proofParts: { url: ordersUrl } } },
  { attack: '73 an empty path', clause: 'RFC 3986 §6.2.3', send: { url: 'https://api.example.com/', proofParts: { claims: { htu: 'https://api.example.com' } } } },

  // Freshness
  { attack: '74 an old proof', clause: 'RFC 9449 §4.3 (11)', send: proof({ nowSeconds: 1_800_000_000 - 3600 }), denied: [5, 'proof_expired'] },
  { attack: '75 a proof from the far future', clause: 'RFC 9449 §11.1', send: proof({ nowSeconds: 1_800_000_000 + 3600 }), denied: [5, 'proof_not_yet_valid'] },
  { attack: '76 ten seconds ahead', clause: 'RFC 9449 §11.1', send: proof({ nowSeconds: 1_800_000_010 }) },
  { attack: '77 ten seconds behind', clause: 'RFC 9449 §11.1', send: proof({ nowSeconds: 1_799_999_990 }) },
  { attack: '78 the last second', clause: 'RFC 9449 §11.1', send: proof({ nowSeconds: 1_800_000_000 - 70 }) },
  { attack: '78 one second too old', clause: 'RFC 9449 §11.1', send: proof({ nowSeconds: 1_800_000_000 - 71 }), denied: [5, 'proof_expired'] },
  { attack: '78 one second too early', clause: 'RFC 9449 §11.1', send: proof({ nowSeconds: 1_800_000_011 }), denied: [5, 'proof_not_yet_valid'] },
  { attack: '78 a nonce that nobody asked for', clause: 'RFC 9449 §4.2', send: { nonce: 'of another server' } },
  { attack: '79 no nonce', clause: 'RFC 9449 §9', options: demanding, send: {}, denied: badNonce },
  { attack: '80 a garbage nonce', clause: 'RFC 9449 §8', options: demanding, send: { nonce: 'garbage' }, denied: badNonce },
  { attack: '80 an empty nonce', clause: 'RFC 9449 §8', options: demanding, send: { nonce: '' }, denied: badNonce },

  // Token
  { attack: '88 ath of another token', clause: 'RFC 9449 §4.3 (12)', send: async (api) => proof({ accessToken: await api.issueToken() }), denied: [6, 'proof_token_mismatch'] },
  { attack: '89 a tampered payload', clause: 'RFC 7515 §5.2', send: async (api) => ({ accessToken: await tamper(api, { sub: 'admin' }) }), denied: badTokenSignature },
  { attack: "90 cnf swapped for the thief's key", clause: 'RFC 9449 §6.1', send: async (api) => ({ accessToken: await tamper(api, { cnf: { jkt: api.thief.jkt } }), proofParts: { key: api.thief } }), denied: badTokenSignature },
  { attack: '91 a token with alg none', clause: 'RFC 8725 §3.1', send: ({ issuer, alice }) => ({ accessToken: new UnsecuredJWT({ iss: issuer.issuer, cnf: { jkt: alice.jkt } }).encode() }), denied: badTokenSignature },
  {
    attack: '91 a token with alg none and a signature', clause: 'RFC 8725 §3.1', denied: badTokenSignature,
    send: async (api) => ({ accessToken: `${segment({ alg: 'none', typ: 'at+jwt' })}.${(await api.issueToken()).split('.').slice(1).join('.')}` }),
  },
  {
    attack: '91 HS256 keyed with the public key', clause: 'RFC 8725 §2.1', denied: badTokenSignature,
    send: async ({ issuer }) => ({
      accessToken: await new CompactSign(utf8(JSON.stringify({ iss: issuer.issuer }))).setProtectedHeader({ alg: 'HS256', kid: 'key-1' }).sign(utf8(JSON.stringify(issuer.publicJwk).padEnd(32))),
    }),
  },
  { attack: '91 a token that is no JWT', clause: 'RFC 9068 §4', send: { accessToken: 'opaque' }, denied: badTokenSignature },
  { attack: '91 a token of an unknown key', clause: 'RFC 7515 §4.1.4', send: { token: { header: { kid: 'key-2' } } }, denied: badTokenSignature },
  { attack: '91 a token with b64 false', clause: 'RFC 7797 §7', send: { token: { header: { crit: ['b64'], b64: true } } }, denied: badTokenSignature },
  { attack: '92 another issuer', clause: 'RFC 9068 §4', send: token({ iss: 'https://evil.example' }), denied: notForUs },
  { attack: '92 the issuer with a slash', clause: 'RFC 9068 §4', send: token({ iss: 'https://login.example.com/' }), denied: notForUs },
  { attack: '92 no issuer', clause: 'RFC 9068 §2.2', send: token({ iss: undefined }), denied: notForUs },
  { attack: '93 another audience', clause: 'RFC 9068 §4', send: token({ aud: 'https://other.example' }), denied: notForUs },
  { attack: '93 no audience', clause: 'RFC 9068 §2.2', send: token({ aud: undefined }), denied: notForUs },
  { attack: '93 an empty list of audiences', clause: 'RFC 7519 §4.1.3', send: token({ aud: [] }), denied: notForUs },
  { attack: '93 an odd list of audiences', clause: 'RFC 7519 §4.1.3', send: token({ aud: ['https://api.example.com', 1] }), denied: notForUs },
  { attack: '93 several audiences', clause: 'RFC 7519 §4.1.3', send: token({ aud: ['https://other.example', 'https://api.example.com'] }) },
  { attack: '94 a plain JWT', clause: 'RFC 9068 §4', send: { token: { header: { typ: 'JWT' } } }, denied: notForUs },
  { attack: '94 no typ', clause: 'RFC 9068 §4', send: { token: { header: { typ: undefined } } }, denied: notForUs },
  { attack: '94 typ application/at+jwt', clause: 'RFC 9068 §4', send: { token: { header: { typ: 'application/at+jwt' } } } },
  { attack: '94 typ in upper case', clause: 'RFC 9068 §4', send: { token: { header: { typ: 'AT+JWT' } } } },
  { attack: '95 expired', clause: 'RFC 9068 §4', send: token({ exp: 1_800_000_000 - 11 }), denied: [7, 'token_expired'] },
  { attack: '95 at the end of the tolerance', clause: 'RFC 7519 §4.1.4', send: token({ exp: 1_800_000_000 - 10 }), denied: [7, 'token_expired'] },
  { attack: '95 in the last second of the tolerance', clause: 'RFC 7519 §4.1.4', send: token({ exp: 1_800_000_000 - 9 }) },
  { attack: '96 not yet valid', clause: 'RFC 7519 §4.1.5', send: token({ nbf: 1_800_000_011 }), denied: [7, 'token_not_yet_valid'] },
  { attack: '96 valid within the tolerance', clause: 'RFC 7519 §4.1.5', send: token({ nbf: 1_800_000_010 }) },
  ...['exp', 'sub', 'client_id', 'iat', 'jti'].map((name): Row => ({
    attack: `97 no ${name}`, clause: 'RFC 9068 §2.2', send: token({ [name]: undefined }), denied: notForUs,
  })),
  ...Object.entries({ exp: null, sub: 1, client_id: {}, iat: true, jti: 7, nbf: {}, scope: ['read'] }).map(([name, value]): Row => ({
    attack: `97 ${name} ${JSON.stringify(value)}`, clause: 'RFC 9068 §2.2', send: signed(name, value), denied: notForUs,
  })),

  // Binding
  { attack: "100 a stolen token with the thief's key", clause: 'RFC 9449 §7.1', send: ({ thief }) => proof({ key: thief }), denied: notBound },
  { attack: '101 a stolen token as Bearer', clause: 'RFC 9449 §7.2', send: sendHeaders(['Authorization', 'Bearer {token}']), denied: envelope('bearer_downgrade') },
  { attack: '101 a stolen token as Bearer, with a proof', clause: 'RFC 9449 §7.2', send: sendHeaders(['Authorization', 'Bearer {token}'], ['DPoP', '{proof}']), denied: envelope('bearer_downgrade') },
  { attack: '101 a stolen token as Bearer, where Bearer is taken', clause: 'RFC 9449 §7.2', options: { bearer: 'unbound-only' }, send: sendHeaders(['Authorization', 'bearer {token}']), denied: [8, 'bearer_downgrade'] },
  { attack: '101 an odd cnf as Bearer, where Bearer is taken', clause: 'RFC 7800 §3.1', options: { bearer: 'unbound-only' }, send: { ...token({ cnf: null }), ...sendHeaders(['Authorization', 'Bearer {token}']) }, denied: [8, 'bearer_downgrade'] },
  { attack: '101 an unbound token as Bearer, where Bearer is taken', clause: 'RFC 9449 §7.2', options: { bearer: 'unbound-only' }, send: { ...token({ cnf: undefined }), ...sendHeaders(['Authorization', 'Bearer {token}']) } },
  ...[undefined, null, 'jkt', [], {}, { jkt: null }, { jkt: ['x'] }, { 'x5t#S256': 'x' }, { jwk: {} }].map((cnf): Row => ({
    attack: `102 to 104 cnf ${JSON.stringify(cnf) ?? 'missing'}`, clause: 'RFC 9449 §6.1', send: token({ cnf }), denied: notBound,
  })),
  { attack: '105 extra members in the jwk', clause: 'RFC 7638 §3', send: ({ alice }) => header({ jwk: { ...alice.publicJwk, kid: 'x', use: 'sig', alg: 'ES256', ext: true } }) },
  { attack: '106 a flipped bit in the signature', clause: 'RFC 9449 §4.3 (6)', send: raw((p) => `${p.header}.${p.payload}.${p.signature.startsWith('A') ? 'B' : 'A'}${p.signature.slice(1)}`), denied: [8, 'bad_proof_signature'] },
  { attack: '106 a signature of one byte', clause: 'RFC 9449 §4.3 (6)', send: raw((p) => `${p.header}.${p.payload}.AA`), denied: [8, 'bad_proof_signature'] },
  { attack: "107 Alice's key shown, the thief's used", clause: 'RFC 9449 §4.3 (6)', send: ({ thief }) => proof({ signer: thief }), denied: [8, 'bad_proof_signature'] },
  { attack: '107 a point off the curve', clause: 'RFC 7518 §6.2.1', send: ({ alice }) => header({ jwk: { ...alice.publicJwk, y: 'A'.repeat(43) } }), denied: notBound },
  {
    attack: '107 a point off the curve that the token is bound to', clause: 'RFC 7518 §6.2.1', denied: [8, 'bad_proof_signature'],
    send: async ({ alice }) => {
      const jwk = { ...alice.publicJwk, y: 'A'.repeat(43) };
      return { token: { jkt: await thumbprint(jwk, digest) }, ...header({ jwk }) };
    },
  },
  { attack: '108 the members of the jwk in another order', clause: 'RFC 7638 §3.3', send: ({ alice }) => header({ jwk: Object.fromEntries(Object.entries(alice.publicJwk).sort(([a], [b]) => (a < b ? 1 : -1))) }) },
  { attack: '108 a key of its own', clause: 'RFC 9449 §4.2', send: withKey('ES256', (key) => key.publicJwk) },
  { attack: '108 an RSA key where they are taken', clause: 'RFC 9449 §4.3 (5)', options: { proofAlgorithms: ['RS256'] }, send: withKey('RS256', (key) => key.publicJwk) },
  { attack: '108 RSA-PSS where it is taken', clause: 'RFC 9449 §4.3 (5)', options: { proofAlgorithms: ['PS256'] }, send: withKey('PS256', (key) => key.publicJwk) },

  // State
  { attack: '127 a bare OPTIONS with credentials', clause: 'RFC 9110 §9.3.7', send: { method: 'OPTIONS' } },
  { attack: '127 a bare OPTIONS without credentials', clause: 'RFC 9110 §9.3.7', send: { method: 'OPTIONS', ...sendHeaders() }, denied: envelope('missing_credentials') },
];

/** A token whose claims were changed after it was signed. */
async function tamper(api: Api, changed: Record<string, unknown>): Promise<string> {
  const [head, payload, signature] = (await api.issueToken()).split('.') as [string, string, string];
  const text = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
  return `${head}.${segment({ ...JSON.parse(text), ...changed })}.${signature}`;
}

/** A token with one claim of an odd type, which jose's own builder would refuse to write. */
function signed(name: string, value: unknown) {
  return async ({ issuer, alice, clock: { nowSeconds } }: Api): Promise<SendParts> => {
    const good = { iss: issuer.issuer, aud: issuer.audience, sub: 'alice', client_id: 'shop', jti: 't', iat: nowSeconds, exp: nowSeconds + 300, cnf: { jkt: alice.jkt } };
    const jws = new CompactSign(utf8(JSON.stringify({ ...good, [name]: value }))).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'key-1' });
    return { accessToken: await jws.sign(issuer.privateKey) };
  };
}

describe('resource server: the attack list', () => {
  for (const { attack, clause, send, options, denied } of rows) {
    const outcome = denied ? denied.join(' ') : 'ALLOW';
    it(`${attack} -> ${outcome} (${clause})`, async () => {
      const api = await createApi(options);
      const decision = await api.send(typeof send === 'function' ? await send(api) : send);
      if (denied) assert.deepInclude(decision, { ok: false, step: denied[0], code: denied[1] });
      else assert.isTrue(decision.ok, decision.ok ? '' : `${decision.step} ${decision.code}`);
    });
  }

  for (const alg of ['Ed25519', 'EdDSA'] as const) {
    it(`108 ${alg}, where the runtime has it -> ALLOW (RFC 8037, RFC 9864)`, async function () {
      const key = await generateProofKey(alg).catch(() => this.skip());
      const api = await createApi();
      assert.isTrue((await api.send({ token: { jkt: key.jkt }, proofParts: { key } })).ok);
    });
  }
});

describe('resource server: properties', () => {
  it('no single changed character of the token or of the proof is let through', async () => {
    const api = await createApi();
    const { url, method, headers } = await api.request();
    for (const [index, [name, value]] of headers.entries()) {
      for (let at = value.indexOf(' ') + 1; at < value.length; at += 1) {
        const changed = value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1);
        const decision = await api.verify({ url, method, headers: headers.map((line, other): [string, string] => (other === index ? [name, changed] : line)) });
        assert.isFalse(decision.ok, `${name}, character ${at}`);
      }
    }
    assert.isTrue((await api.verify({ url, method, headers })).ok, 'and none of the attempts spent the proof');
  });

  it('the other signature that ECDSA allows for a proof is a replay of it', async () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const api = await createApi();
    const request = await api.request();
    const first = request.headers[1]![1];
    const [head, payload, signature] = first.split('.') as [string, string, string];
    const bytes = decodeBase64url(signature)!;
    const s = BigInt(`0x${Array.from(bytes.subarray(32), (byte) => byte.toString(16).padStart(2, '0')).join('')}`);
    const twin = (order - s).toString(16).padStart(64, '0').match(/../g)!.map((byte) => parseInt(byte, 16));
    const other = `${head}.${payload}.${encodeBase64url(new Uint8Array([...bytes.subarray(0, 32), ...twin]))}`;
    assert.notEqual(other, first);
    assert.isTrue((await api.verify(request)).ok);
    const headers: [string, string][] = [request.headers[0]!, ['DPoP', other]];
    assert.deepInclude(await api.verify({ ...request, headers }), { step: 10, code: 'proof_replayed' });
  });
});

describe('resource server: attacks over time', () => {
  const policy = { policy: 'window', secret, lifetimeSeconds: 60 } as const;

  it('81 an expired nonce -> bad_or_missing_nonce', async () => {
    const api = await createApi({ nonce: policy });
    const nonce = await api.fetchNonce();
    api.clock.nowSeconds += 61;
    assert.deepInclude(await api.send({ nonce }), { step: 5, code: 'bad_or_missing_nonce' });
  });

  it('83 a nonce under another secret -> bad_or_missing_nonce', async () => {
    const api = await createApi({ nonce: policy });
    const other = api.replica({ nonce: { policy: 'window', secret: secret.toUpperCase() } });
    const request = await api.request({ nonce: await api.fetchNonce() });
    assert.deepInclude(await other.verify(request), { step: 5, code: 'bad_or_missing_nonce' });
  });

  it("84 replica A's nonce at replica B -> ALLOW", async () => {
    const api = await createApi({ nonce: policy });
    const request = await api.request({ nonce: await api.fetchNonce() });
    assert.isTrue((await api.replica().verify(request)).ok);
  });

  it('85 a client clock that is years off, with a good nonce -> ALLOW (RFC 9449 §11.1)', async () => {
    const api = await createApi({ nonce: policy });
    const nonce = await api.fetchNonce();
    assert.isTrue((await api.send({ nonce, proofParts: { claims: { iat: 1 } } })).ok);
    assert.isTrue((await api.send({ nonce, proofParts: { claims: { iat: 4_000_000_000 } } })).ok);
  });

  it('86 a nonce dropped later -> bad_or_missing_nonce (RFC 9449 §11.3)', async () => {
    const api = await createApi({ nonce: policy });
    assert.isTrue((await api.send({ nonce: await api.fetchNonce() })).ok);
    assert.deepInclude(await api.send(), { step: 5, code: 'bad_or_missing_nonce' });
  });

  it('87 one window nonce with a new jti -> ALLOW', async () => {
    const api = await createApi({ nonce: policy });
    const nonce = await api.fetchNonce();
    assert.isTrue((await api.send({ nonce })).ok);
    assert.isTrue((await api.send({ nonce })).ok);
  });

  for (const nonce of [{ policy: 'none' }, policy, { ...policy, policy: 'single-use' }] as const) {
    it(`109, 110 a replay on this replica and on the other, nonces ${nonce.policy} -> proof_replayed`, async () => {
      const api = await createApi({ nonce });
      const sent = nonce.policy === 'none' ? undefined : await api.fetchNonce();
      const request = await api.request({ nonce: sent });
      assert.isTrue((await api.replica().verify(request)).ok);
      assert.deepInclude(await api.verify(request), { step: 10, code: 'proof_replayed' });
      assert.deepInclude(await api.replica().verify(request), { step: 10, code: 'proof_replayed' });
    });

    it(`111 fifty copies at once over two replicas, nonces ${nonce.policy} -> exactly one ALLOW`, async () => {
      const api = await createApi({ nonce });
      const replica = api.replica();
      const sent = nonce.policy === 'none' ? undefined : await api.fetchNonce();
      const request = await api.request({ nonce: sent });
      const decisions = await Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 ? api : replica).verify(request)));
      assert.lengthOf(decisions.filter(({ ok }) => ok), 1);
    });
  }

  it('111 fifty proofs for one single-use nonce at once -> exactly one ALLOW', async () => {
    const api = await createApi({ nonce: { ...policy, policy: 'single-use' } });
    const nonce = await api.fetchNonce();
    const requests = await Promise.all(Array.from({ length: 50 }, () => api.request({ nonce })));
    const decisions = await Promise.all(requests.map((request) => api.verify(request)));
    assert.lengthOf(decisions.filter(({ ok }) => ok), 1);
  });

  it('112 a proof from the near future, replayed to its last second -> proof_replayed', async () => {
    const api = await createApi();
    const request = await api.request({ proofParts: { nowSeconds: api.clock.nowSeconds + 10 } });
    assert.isTrue((await api.verify(request)).ok);
    for (const wait of [60, 15, 5]) {
      api.clock.nowSeconds += wait;
      assert.deepInclude(await api.verify(request), { step: 10, code: 'proof_replayed' });
    }
    api.clock.nowSeconds += 1;
    assert.deepInclude(await api.verify(request), { step: 5, code: 'proof_expired' });
  });

  it('113, 114 a replay after the memory was lost, under one secret -> use_dpop_nonce', async () => {
    const api = await createApi({ nonce: policy });
    const restarted = api.replica({ replayStore: memoryReplayStore({ nowSeconds: () => api.clock.nowSeconds }) });
    const request = await api.request({ nonce: await api.fetchNonce() });
    assert.isTrue((await api.verify(request)).ok);
    const decision = await restarted.verify(request);
    assert.deepInclude(decision, { step: 5, code: 'bad_or_missing_nonce' });
    assert.include(decision.headers.get('WWW-Authenticate'), 'error="use_dpop_nonce"');
  });

  it('115 a failed proof does not burn its jti -> ALLOW afterwards', async () => {
    const api = await createApi();
    const request = await api.request();
    assert.isFalse((await api.verify({ ...request, method: 'PUT' })).ok);
    const [, proofLine] = request.headers as [[string, string], [string, string]];
    const stolen = await api.request({ proof: proofLine[1] });
    assert.deepInclude(await api.verify(stolen), { step: 6, code: 'proof_token_mismatch' });
    assert.isTrue((await api.verify(request)).ok);
  });

  it("116 Alice's jti under another key -> ALLOW for both", async () => {
    const api = await createApi();
    const bent = { claims: { jti: 'the same' } };
    assert.isTrue((await api.send({ token: { jkt: api.thief.jkt }, proofParts: { key: api.thief, ...bent } })).ok);
    assert.isTrue((await api.send({ proofParts: bent })).ok);
    assert.deepInclude(await api.send({ proofParts: bent }), { code: 'proof_replayed' });
  });

  it('119 a full store -> 503, and nothing that lives is forgotten', async () => {
    const clock = { nowSeconds: 1_800_000_000 };
    const api = await createApi({ replayStore: memoryReplayStore({ maxEntries: 1, nowSeconds: () => clock.nowSeconds }) });
    const request = await api.request();
    assert.isTrue((await api.verify(request)).ok);
    assert.deepInclude(await api.send(), { step: 10, code: 'verifier_unavailable', status: 503 });
    assert.deepInclude(await api.verify(request), { code: 'proof_replayed' });
  });

  const stores: [string, () => Promise<boolean>][] = [
    ['117 down', () => Promise.reject(new Error('ECONNREFUSED'))],
    ['117 throwing', () => { throw new Error('broken'); }],
    ['118 silent', () => new Promise(() => {})],
    ['117 of another contract', () => Promise.resolve('OK' as unknown as boolean)],
    ['117 of no contract', () => Promise.resolve(undefined as unknown as boolean)],
  ];
  for (const [state, answer] of stores) {
    it(`${state} replay store -> 503 without a challenge`, async () => {
      const api = await createApi({ replayStore: { claim: answer }, storeTimeoutSeconds: 0.02 });
      const decision = await api.send();
      assert.deepInclude(decision, { ok: false, step: 10, code: 'verifier_unavailable', status: 503 });
      assert.isNull(decision.headers.get('WWW-Authenticate'));
      assert.isNotNull(decision.headers.get('Retry-After'));
    });

    it(`${state.replace('117', '124')} revocation source -> 503`, async () => {
      const api = await createApi({ revocation: { check: answer }, storeTimeoutSeconds: 0.02 });
      assert.deepInclude(await api.send(), { ok: false, step: 9, code: 'verifier_unavailable', status: 503 });
    });
  }

  it('121 a revoked subject, session, client or key -> token_revoked', async () => {
    for (const name of ['sub', 'sid', 'client_id', 'jkt'] as const) {
      const revoked = new Set<string | undefined>();
      const api = await createApi({ revocation: { check: async (identity) => revoked.has(identity[name]) } });
      const parts = { token: { claims: { sid: 'session-1' } } };
      assert.isTrue((await api.send(parts)).ok);
      revoked.add({ sub: 'alice', sid: 'session-1', client_id: 'shop', jkt: api.alice.jkt }[name]);
      assert.deepInclude(await api.send(parts), { step: 9, code: 'token_revoked' });
    }
  });

  it('122 a token revoked between two requests -> token_revoked', async () => {
    let isRevoked = false;
    const api = await createApi({ revocation: { check: async () => isRevoked } });
    const accessToken = await api.issueToken();
    assert.isTrue((await api.send({ accessToken })).ok);
    isRevoked = true;
    assert.deepInclude(await api.send({ accessToken }), { step: 9, code: 'token_revoked' });
  });

  it('123 a thief with a revoked token learns of the binding only', async () => {
    const api = await createApi({ revocation: { check: async () => true } });
    assert.deepInclude(await api.send({ proofParts: { key: api.thief } }), { step: 8, code: 'proof_key_not_bound_to_token' });
    assert.deepInclude(await api.send(), { step: 9, code: 'token_revoked' });
  });

  it('does not decide on proofs by the token alone: the same token with new proofs -> ALLOW', async () => {
    const api = await createApi();
    const accessToken = await api.issueToken();
    for (let count = 0; count < 3; count += 1) assert.isTrue((await api.send({ accessToken })).ok);
  });

  it('82 a nonce of the authorization server -> bad_or_missing_nonce (RFC 9449 §9)', async () => {
    const api = await createApi({ nonce: policy });
    const nonce = await new NonceIssuer(policy, 'authorization-server', api.options.replayStore).issue(api.clock.nowSeconds);
    assert.deepInclude(await api.send({ nonce }), { step: 5, code: 'bad_or_missing_nonce' });
  });

  it('a Request whose duplicate headers were joined -> malformed_request', async () => {
    const api = await createApi();
    const accessToken = await api.issueToken();
    const headers = new Headers({ Authorization: `DPoP ${accessToken}` });
    headers.append('DPoP', await makeProof({ key: api.alice, accessToken, nowSeconds: api.clock.nowSeconds }));
    assert.isTrue((await api.verify(new Request(ordersUrl, { headers }))).ok);
    headers.append('DPoP', await makeProof({ key: api.alice, accessToken, nowSeconds: api.clock.nowSeconds }));
    assert.deepInclude(await api.verify(new Request(ordersUrl, { headers })), { step: 1, code: 'malformed_request' });
  });
});
