/** What a row of the attack list is: what is sent, and what must come of it. */

import type { DenyCode, ResourceServerOptions, Step } from '../../../src/resource-server.ts';
import type { Api, SendParts } from '../../support/api.ts';

/** What must come of a request: the step that refuses it, the code, the status, and how the telling header begins. */
export interface Verdict {
  readonly step?: Step;
  readonly code: DenyCode | 'ALLOW';
  readonly status: 200 | 400 | 401 | 503;
  readonly header?: string;
}

/** What every row says of itself. `line` is the number in the list that the rows grew from. */
export interface Described {
  readonly line: number;
  readonly name: string;
  readonly clause: string;
}

/** One request to a resource server. */
export interface RequestRow extends Described {
  /** What is bent about a good request of Alice's. */
  readonly send: SendParts | ((api: Api) => SendParts | Promise<SendParts>);
  readonly options?: Partial<ResourceServerOptions>;
  readonly verdict: Verdict;
}

/** A group of rows, and the suite that runs them. */
export interface Group<Row extends Described = Described & { readonly verdict: Verdict }> {
  readonly title: string;
  readonly rows: readonly Row[];
}

const table = {
  missing_credentials: [401, 'WWW-Authenticate: DPoP algs='],
  malformed_request: [400, 'WWW-Authenticate: DPoP error="invalid_request"'],
  proof_missing: [401, 'WWW-Authenticate: DPoP error="invalid_dpop_proof"'],
  malformed_proof: [401, 'WWW-Authenticate: DPoP error="invalid_dpop_proof"'],
  method_mismatch: [401, 'WWW-Authenticate: DPoP error="invalid_dpop_proof"'],
  uri_mismatch: [401, 'WWW-Authenticate: DPoP error="invalid_dpop_proof"'],
  bad_or_missing_nonce: [401, 'WWW-Authenticate: DPoP error="use_dpop_nonce"'],
  proof_expired: [401, 'WWW-Authenticate: DPoP error="invalid_dpop_proof"'],
  proof_not_yet_valid: [401, 'WWW-Authenticate: DPoP error="invalid_dpop_proof"'],
  proof_token_mismatch: [401, 'WWW-Authenticate: DPoP error="invalid_dpop_proof"'],
  bad_access_token_signature: [401, 'WWW-Authenticate: DPoP error="invalid_token"'],
  token_not_for_this_server: [401, 'WWW-Authenticate: DPoP error="invalid_token"'],
  token_expired: [401, 'WWW-Authenticate: DPoP error="invalid_token"'],
  token_not_yet_valid: [401, 'WWW-Authenticate: DPoP error="invalid_token"'],
  proof_key_not_bound_to_token: [401, 'WWW-Authenticate: DPoP error="invalid_token"'],
  bearer_downgrade: [401, 'WWW-Authenticate: Bearer error="invalid_token"'],
  bad_proof_signature: [401, 'WWW-Authenticate: DPoP error="invalid_dpop_proof"'],
  token_revoked: [401, 'WWW-Authenticate: DPoP error="invalid_token"'],
  proof_replayed: [401, 'WWW-Authenticate: DPoP error="invalid_dpop_proof"'],
  verifier_unavailable: [503, 'Retry-After: '],
} as const satisfies Partial<Record<DenyCode, readonly [Verdict['status'], string]>>;

export type ListedCode = keyof typeof table;

export const allow: Verdict = { code: 'ALLOW', status: 200 };

/** A refusal at a step; status and header are what RFC 9449 §7.1 and RFC 6750 §3.1 ask for that code. */
export function deny(step: Step, code: ListedCode): Verdict {
  const [status, header] = table[code];
  return { step, code, status, header };
}

export const malformedRequest = deny(1, 'malformed_request');
export const malformedProof = deny(2, 'malformed_proof');
export const uriMismatch = deny(4, 'uri_mismatch');
export const badNonce = deny(5, 'bad_or_missing_nonce');
export const badTokenSignature = deny(6, 'bad_access_token_signature');
export const notForUs = deny(6, 'token_not_for_this_server');
export const notBound = deny(8, 'proof_key_not_bound_to_token');
export const badProofSignature = deny(8, 'bad_proof_signature');
export const replayed = deny(10, 'proof_replayed');

/** A verdict in a word or two. */
export const brief = ({ step, code }: Verdict): string => (step === undefined ? code : `${step} ${code}`);

/** Verdicts that follow one another, equal ones counted. */
export function briefAll(verdicts: readonly Verdict[]): string {
  const runs: { text: string; count: number }[] = [];
  for (const text of verdicts.map(brief)) {
    const last = runs.at(-1);
    if (last?.text === text) last.count += 1;
    else runs.push({ text, count: 1 });
  }
  return runs.map(({ text, count }) => (count > 1 ? `${count} times ${text}` : text)).join(', then ');
}

/** The name of a row's test, by which its result is found again. */
export const titleOf = (row: Described & { readonly verdict: Verdict | readonly Verdict[] }): string =>
  `${row.line}: ${row.name} -> ${briefAll([row.verdict].flat())} (${row.clause})`;
