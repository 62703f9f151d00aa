/** Lines 128 to 134: what is sent to the token endpoint of the authorization server. */

import { digest } from '../../../src/crypto/web.ts';
import { accessTokenHash } from '../../../src/protocol/proof.ts';
import type { AuthorizationServerOptions } from '../../../src/authorization-server.ts';
import { NonceIssuer } from '../../../src/verifier/nonce.ts';
import type { AskParts, LoginServer } from '../../support/login.ts';
import type { Described } from './row.ts';

/** What must come of a token request (RFC 6749 §5.2): status and error, and the finer code where it is the proof. */
export interface TokenVerdict {
  readonly status: 200 | 400 | 401 | 503;
  readonly error?: string;
  readonly code?: string;
}

/** Token requests, one after the other, and what must come of each. */
export interface TokenRow extends Described {
  readonly options?: Partial<AuthorizationServerOptions>;
  readonly play: (login: LoginServer) => Promise<readonly Response[]>;
  readonly verdict: readonly TokenVerdict[];
}

const issued: TokenVerdict = { status: 200 };
const badGrant: TokenVerdict = { status: 400, error: 'invalid_grant' };
const badProof = (code: string): TokenVerdict => ({ status: 400, error: 'invalid_dpop_proof', code });
const nonceWanted: TokenVerdict = { status: 400, error: 'use_dpop_nonce', code: 'bad_or_missing_nonce' };
const unavailable: TokenVerdict = { status: 503, error: 'temporarily_unavailable', code: 'verifier_unavailable' };

const secret = 'a secret of thirty-two bytes or more';
const byThief = ({ thief }: LoginServer): AskParts => ({ proofParts: { key: thief } });

/** A code under a bent proof, and then under a good one: what is refused spends nothing. */
const bent = (line: number, [name, clause]: readonly [string, string], code: string, bend: (login: LoginServer) => AskParts | Promise<AskParts>): TokenRow => ({
  line, name, clause, verdict: [badProof(code), issued],
  play: async (login) => {
    const grant = await login.code();
    return [await login.redeem(grant, await bend(login)), await login.redeem(grant)];
  },
});

export const tokenRows: readonly TokenRow[] = [
  {
    line: 128, name: 'a refresh token with another key, then with its own', clause: 'RFC 9449 §5', verdict: [badGrant, issued],
    play: async (login) => {
      const { refresh_token } = await login.logIn();
      return [await login.refresh(refresh_token, byThief(login)), await login.refresh(refresh_token)];
    },
  },
  {
    line: 128, name: 'a refresh token twice, then the one that came of it: nobody can tell the thief from the owner', clause: 'RFC 9700 §4.14.2', verdict: [badGrant, badGrant],
    play: async (login) => {
      const { refresh_token } = await login.logIn();
      const next = ((await (await login.refresh(refresh_token)).json()) as { refresh_token: string }).refresh_token;
      return [await login.refresh(refresh_token), await login.refresh(next)];
    },
  },
  {
    line: 129, name: 'a code with a key other than its dpop_jkt, then with the right one', clause: 'RFC 9449 §10', verdict: [badGrant, issued],
    play: async (login) => {
      const code = await login.code({ dpopJkt: login.alice.jkt });
      return [await login.redeem(code, byThief(login)), await login.redeem(code)];
    },
  },
  {
    line: 129, name: 'a stolen code with another verifier, then with the right one', clause: 'RFC 7636 §4.6', verdict: [badGrant, issued],
    play: async (login) => {
      const code = await login.code();
      return [await login.redeem(code, { form: { code_verifier: 'x'.repeat(43) } }), await login.redeem(code)];
    },
  },
  { line: 129, name: 'one code twice', clause: 'RFC 6749 §4.1.2', verdict: [issued, badGrant], play: async (login) => { const code = await login.code(); return [await login.redeem(code), await login.redeem(code)]; } },
  bent(131, ['a code without a proof', 'RFC 9449 §5.2'], 'proof_missing', () => ({ proof: undefined })),
  bent(131, ['a code with Authorization: DPoP in place of a proof', 'RFC 9449 §5'], 'proof_missing', () => ({ proof: undefined, headers: { Authorization: 'DPoP abc' } })),
  bent(132, ['a proof with the ath of a token that is not sent', 'RFC 9449 §4.3 (12)'], 'proof_token_mismatch', async (login) => {
    const { access_token } = await login.logIn();
    return { proofParts: { claims: { ath: await accessTokenHash(access_token, digest) } } };
  }),
  bent(132, ['a proof with another ath than that of the token that is sent', 'RFC 9449 §4.3 (12)'], 'proof_token_mismatch', async (login) => ({
    proofParts: { claims: { ath: 'x' } }, headers: { Authorization: `DPoP ${(await login.logIn()).access_token}` },
  })),
  {
    line: 132, name: 'a proof with the ath of the token that is sent', clause: 'RFC 9449 §4.3 (12)', verdict: [issued],
    play: async (login) => {
      const { access_token } = await login.logIn();
      const claims = { ath: await accessTokenHash(access_token, digest) };
      return [await login.redeem(await login.code(), { proofParts: { claims }, headers: { Authorization: `DPoP ${access_token}` } })];
    },
  },
  {
    line: 133, name: 'a refresh token without a proof, then with one', clause: 'RFC 9449 §5', verdict: [badProof('proof_missing'), issued],
    play: async (login) => {
      const { refresh_token } = await login.logIn();
      return [await login.refresh(refresh_token, { proof: undefined }), await login.refresh(refresh_token)];
    },
  },
  {
    line: 134, name: 'the proof of one token request in another', clause: 'RFC 9449 §11.1', verdict: [issued, badProof('proof_replayed')],
    play: async (login) => {
      const proof = await login.prove();
      return [await login.redeem(await login.code(), { proof }), await login.redeem(await login.code(), { proof })];
    },
  },
  {
    line: 134, name: 'fifty copies of one token request at once', clause: 'RFC 9449 §11.1', verdict: [issued, ...Array.from({ length: 49 }, () => badProof('proof_replayed'))],
    play: async (login) => {
      const [code, proof] = [await login.code(), await login.prove()];
      const answers = await Promise.all(Array.from({ length: 50 }, () => login.redeem(code, { proof })));
      return answers.sort((a, b) => a.status - b.status);
    },
  },
  bent(15, ['two DPoP lines', 'RFC 9449 §4.3 (1)'], 'malformed_proof', async (login) => ({ proof: `${await login.prove()}, ${await login.prove()}` })),
  bent(18, ['a proof above the cap', 'RFC 9449 §11.1'], 'malformed_proof', () => ({ proofParts: { claims: { padding: 'x'.repeat(8192) } } })),
  bent(30, ['alg none', 'RFC 9449 §4.3 (5)'], 'malformed_proof', () => ({ proofParts: { header: { alg: 'none' } } })),
  bent(27, ['typ JWT', 'RFC 9449 §4.3 (4)'], 'malformed_proof', () => ({ proofParts: { header: { typ: 'JWT' } } })),
  bent(36, ['a private jwk', 'RFC 9449 §4.3 (7)'], 'malformed_proof', async ({ alice }) => ({ proofParts: { header: { jwk: await crypto.subtle.exportKey('jwk', alice.privateKey) } } })),
  bent(55, ['a proof for GET', 'RFC 9449 §4.3 (8)'], 'method_mismatch', () => ({ proofParts: { method: 'GET' } })),
  bent(57, ['a proof for another endpoint', 'RFC 9449 §4.3 (9)'], 'uri_mismatch', () => ({ proofParts: { url: 'https://login.example.com/revoke' } })),
  bent(74, ['a proof that is an hour old', 'RFC 9449 §11.1'], 'proof_expired', ({ clock }) => ({ proofParts: { nowSeconds: clock.nowSeconds - 3600 } })),
  bent(75, ['a proof from the far future', 'RFC 9449 §11.1'], 'proof_not_yet_valid', ({ clock }) => ({ proofParts: { nowSeconds: clock.nowSeconds + 3600 } })),
  bent(107, ["the code's owner's key shown, the thief's used", 'RFC 9449 §4.3 (6)'], 'bad_proof_signature', ({ thief }) => ({ proofParts: { signer: thief } })),
  {
    line: 79, name: 'no nonce, where one is demanded', clause: 'RFC 9449 §8', options: { nonce: { policy: 'window', secret } }, verdict: [nonceWanted],
    play: async (login) => [await login.redeem(await login.code())],
  },
  {
    line: 82, name: 'a nonce of a resource server, under the same secret', clause: 'RFC 9449 §9', options: { nonce: { policy: 'window', secret } }, verdict: [nonceWanted],
    play: async (login) => {
      const nonce = await new NonceIssuer({ policy: 'window', secret }, 'resource-server').issue(login.clock.nowSeconds);
      return [await login.redeem(await login.code(), { proofParts: { nonce } })];
    },
  },
  {
    line: 117, name: 'a good request, while the replay store is down', clause: 'RFC 9110 §15.6.4', options: { replayStore: { claim: () => Promise.reject(new Error('down')) } }, verdict: [unavailable],
    play: async (login) => [await login.redeem(await login.code())],
  },
];

const briefToken = ({ status, code, error = 'ALLOW' }: TokenVerdict): string => (code ? `${status} ${error}, ${code}` : `${status} ${error}`);

/** Verdicts that follow one another, equal ones counted. */
export function briefTokens(verdicts: readonly TokenVerdict[]): string {
  const texts = verdicts.map(briefToken);
  const distinct = [...new Set(texts)];
  return distinct.map((text) => { const count = texts.filter((other) => other === text).length; return count > 2 ? `${count} times ${text}` : text; }).join(', then ');
}

export const tokenTitleOf = (row: TokenRow): string => `${row.line}: ${row.name} -> ${briefTokens(row.verdict)} (${row.clause})`;
