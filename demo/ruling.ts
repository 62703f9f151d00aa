/** What a server reports: its decision, and a mark to know the request by. Nothing else of what went over the wire. */

import { base64url } from 'jose';
import type { Decision } from 'keybound/resource-server';

export type VerdictKind = 'ALLOW' | 'CHALLENGE' | 'DENY';

/** What was decided. */
export interface Verdict {
  readonly verdict: VerdictKind;
  readonly code?: string | undefined;
  /** Which of the ten steps stopped it; 10 where all passed; absent where the ten steps do not apply. */
  readonly step?: number | undefined;
}

/** Who decides: the same company in the page and in processes of their own. */
export type Judge = 'authorization-server' | 'replica-a' | 'replica-b' | 'legacy';

/** What the page calls them. */
export const judgeNames: Readonly<Record<Judge, string>> = {
  'authorization-server': 'Authorization server',
  'replica-a': 'Replica A',
  'replica-b': 'Replica B',
  legacy: 'Legacy service',
};

/** One server's decision on one request. */
export interface Ruling extends Verdict {
  readonly judge: Judge;
  readonly mark: string;
  /** The server's own text for its code. */
  readonly description?: string;
}

/** What a request is known by to its sender and to its server: a hash of its line and its proof. A replay has its original's. */
export async function markOf({ method, url, headers }: Pick<Request, 'method' | 'url' | 'headers'>): Promise<string> {
  const text = new TextEncoder().encode(`${method} ${url} ${headers.get('DPoP') ?? ''}`);
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', text)));
}

/** A resource server's decision. A missing or stale nonce at step 5 is a question; a spent one, at step 10, is a refusal. */
export function ofDecision(decision: Decision): Verdict & Pick<Ruling, 'description'> {
  if (decision.ok) return { verdict: 'ALLOW', step: 10 };
  const { code, step, description } = decision;
  const isQuestion = code === 'bad_or_missing_nonce' && step === 5;
  return { verdict: isQuestion ? 'CHALLENGE' : 'DENY', code, step, description };
}

/**
 * The decision of a server that says it by its answer alone; the answer's body is read. Our servers say in `code` what is
 * wrong with a proof; `error` is OAuth's word, and all that other refusals have.
 */
export async function ofAnswer(answer: Response): Promise<Verdict> {
  if (answer.ok) return { verdict: 'ALLOW' };
  const { error, code = error } = (await answer.json().catch(() => ({}))) as { error?: string; code?: string };
  return { verdict: error === 'use_dpop_nonce' ? 'CHALLENGE' : 'DENY', code };
}
