/** What just happened, in plain words. */

import { isThiefsToken, type Exchange } from './exchange.ts';
import { openJwt } from './jwt.ts';
import type { Ruling, VerdictKind } from './ruling.ts';

const refusals: Record<string, string> = {
  missing_credentials: 'No token was sent, so there is nothing to check. Log in first.',
  method_mismatch: 'Alice signed for GET. A proof for one method is worth nothing with another.',
  uri_mismatch: 'Alice signed for /orders. Her proof does not open any other address.',
  token_expired: 'Right key, real signature, but this token’s time is over.',
  proof_key_not_bound_to_token: 'The token is real, but it names Alice’s key, and the thief signed with his own. Having the token was not enough.',
  token_revoked: 'Right key, right signature, but the token was taken back. Every replica knows at once.',
  verifier_unavailable: 'The servers’ memory cannot be asked, so nothing is let in.',
};

/** What a server's decision on a request means. */
export function sentenceOf(ruling: Ruling, exchange: Exchange): string {
  const { judge, verdict } = ruling;
  if (judge === 'legacy') return legacySentence(verdict === 'ALLOW');
  if (judge === 'authorization-server') return authorizationSentence(verdict, new URL(exchange.url).pathname);
  return decisionSentence(ruling, exchange);
}

/** `description` is the server's own text, for what has no words here. */
function decisionSentence({ code, step, judge, description = '' }: Ruling, exchange: Exchange): string {
  if (code === undefined) return 'The key that the token names has signed this very request, just now, for the first time.';
  if (code === 'bad_or_missing_nonce') return nonceSentence(step, exchange);
  if (code === 'bad_access_token_signature') return signatureSentence(isThiefsToken(exchange));
  if (code === 'proof_replayed')
    return judge === 'replica-b'
      ? 'Replica B never saw this proof before, but replica A did, and they share one memory. Behind their one public URL, a copy is a copy.'
      : 'A perfect copy of Alice’s request. But its proof has been used, and each works once.';
  return refusals[code] ?? description;
}

/** Another tab's Reset changes the issuer's key, too, and Alice's token is no forgery for that. */
function signatureSentence(isForged: boolean): string {
  return isForged
    ? 'The thief wrote his own key into the token, and the keys now match. The issuer’s signature no longer does.'
    : 'This token was not signed by the issuer’s current key: log in again.';
}

function nonceSentence(step: number | undefined, exchange: Exchange): string {
  const isThief = exchange.sender === 'Thief';
  if (step === 10) return 'A new proof by the right key, but the nonce in it has been spent. Each is good for one request.';
  if (isThief && openJwt(exchange.proof)?.claims.nonce !== undefined)
    return 'The nonce in the copy is none that this server knows, or too old. Only Alice’s key could sign another.';
  if (isThief) return 'Anybody may ask for a nonce, the thief too. Next he signs one with his own key.';
  return 'The server hands out a fresh nonce and asks for a proof that contains it. Keybound answers by itself.';
}

/** What the authorization server did; `path` is the endpoint. */
function authorizationSentence(verdict: VerdictKind, path: string): string {
  if (verdict === 'CHALLENGE') return 'The server hands out a fresh nonce and asks for a proof that contains it. Keybound answers by itself.';
  if (verdict === 'DENY') return 'The authorization server refused.';
  return path.includes('revo')
    ? 'The token is revoked from now on. Next, Alice’s own browser tries to use it.'
    : 'Token issued. It names the key that signed this request, and works with no other.';
}

function legacySentence(isGood: boolean): string {
  return isGood
    ? 'An ordinary JWT library (jose) took the bound token and ignored cnf. Nothing breaks; this service is protected once it checks proofs too.'
    : 'The JWT library refused the token.';
}
