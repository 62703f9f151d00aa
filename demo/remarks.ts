/** Keybound's events about an answer, in plain words. */

import type { KeyboundEventDetails } from 'keybound';

type Remarked = 'challenge' | 'skew' | 'retry' | 'refresh';

/** What each of them says. */
export const remarks: { readonly [Event in Remarked]: (detail: KeyboundEventDetails[Event]) => string } = {
  challenge: ({ error }) => (error === 'use_dpop_nonce' ? 'The server wants its nonce in the proof.' : `The server says what is wrong: ${error}.`),
  skew: ({ skewSeconds }) => `The server’s clock and this one differ by ${Math.abs(skewSeconds)} seconds. Proofs keep the server’s time.`,
  retry: ({ reason }) => (reason === 'nonce' ? 'Sent once more: a new proof, with the nonce.' : 'Sent once more: a new proof, corrected.'),
  refresh: ({ ok }) => (ok ? 'The token was renewed.' : 'The token could not be renewed.'),
};
