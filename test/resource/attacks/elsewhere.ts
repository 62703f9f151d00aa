/** Lines that other suites prove, by the full name of the test; and what other servers got wrong, by the rows that show it. */

import type { Described } from './row.ts';

/** A test of another suite. */
export interface ElsewhereRow extends Described {
  readonly verdict: string;
  /** The full name of the test. */
  readonly test: string;
  /** Where it runs. Default: everywhere. */
  readonly runsIn?: readonly ('Node' | 'Chromium' | 'Firefox' | 'WebKitGTK')[];
}

const allow = 'ALLOW';

export const elsewhere: readonly ElsewhereRow[] = [
  {
    line: 125, name: 'a bound token to an ordinary JWT library, which ignores cnf', clause: 'RFC 7800 §3.1', verdict: allow,
    test: 'token endpoint: authorization code › issues tokens that an ordinary JWT library accepts without a word of DPoP',
  },
  {
    line: 127, name: 'a preflight, answered before verify', clause: 'Fetch §3.3', verdict: '204',
    test: 'resource server: CORS › answers a preflight: DPoP may be sent, and the answer is remembered',
  },
  {
    line: 127, name: 'an OPTIONS that is no preflight', clause: 'RFC 9110 §9.3.7', verdict: 'left to verify',
    test: 'resource server: CORS › 127 leaves a bare OPTIONS, and every other request, to verify',
  },
];
