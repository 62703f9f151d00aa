/** What the two thumbprints mean for a request, in plain words. */

import { isThiefsToken, type Exchange } from './exchange.ts';
import type { LinkState } from './view/link.ts';

/** Equal or not is read off the wire; that an equal pair is forged, the verifier says: the issuer's signature is broken. */
export function linkState(exchange: Exchange, code: string | undefined): LinkState {
  const { tokenJkt, proofJkt } = exchange;
  if (!tokenJkt || !proofJkt) return 'half';
  if (tokenJkt !== proofJkt) return 'unequal';
  return code === 'bad_access_token_signature' && isThiefsToken(exchange) ? 'forged' : 'equal';
}

const equalButRefused: Record<string, string> = {
  proof_replayed: 'It is Alice’s own proof, copied: the fingerprints cannot tell, the memory of spent proofs can.',
  uri_mismatch: 'The key is right, but Alice signed this proof for another URL.',
  method_mismatch: 'The key is right, but Alice signed this proof for another method.',
  token_expired: 'The key is right, but the token’s time is over.',
  bad_access_token_signature: 'The key is right, but the issuer’s current key did not sign this token.',
  token_revoked: 'The key is right, but the token has been revoked.',
  bad_or_missing_nonce: 'The key is right, but the proof lacks a nonce that is still good.',
};

/** One sentence beneath the picture. */
export function linkMeaning({ state, exchange, code }: { state: LinkState; exchange: Exchange; code: string | undefined }): string {
  if (state === 'unequal') return 'The token belongs to Alice’s key. Whoever signed this proof does not have it.';
  if (state === 'forged') return 'The thief wrote his own key into the token. That broke the issuer’s signature over it.';
  if (state === 'half') return halfMeaning(exchange);
  if (code) return equalButRefused[code] ?? 'The key is right; something else is not.';
  if (exchange.isIssued) return 'The server has written the thumbprint of Alice’s key into her new token.';
  return 'The token belongs to the very key that signed this request.';
}

function halfMeaning({ accessToken, proof }: Exchange): string {
  if (!accessToken && !proof) return 'Neither a token nor a proof was sent.';
  if (!accessToken) return 'No token yet: the proof tells the server which key the token will be bound to.';
  return 'No proof was asked for: whoever holds the token is believed.';
}
