/** How a server deals with nonces (RFC 9449 §8, §9): one regime for each of its roles, so that none takes the other's. */

/**
 * - `never`: demands and gives none.
 * - `static`: one for good.
 * - `everyAnswers`: a new one every so many answers; the newest and the one before it are good.
 * - `single-use`: a new one with each answer, each good for one proof.
 * - `never content, same nonce`, `never content, new nonces`: challenges for ever.
 */
export type NonceRegime =
  | 'never'
  | 'static'
  | { readonly everyAnswers: number }
  | 'single-use'
  | 'never content, same nonce'
  | 'never content, new nonces';

/** The nonces of one role; in reports they are told by their index. */
export interface ServerNonces {
  /** The nonce for an answer that leaves now. Each call is one answer. */
  forAnswer(): string | undefined;
  /** Whether a proof with this nonce is good; a single-use nonce is spent by the question. */
  accept(nonce: unknown): boolean;
  /** Which nonce of ours this is, counted from 0; undefined: none of ours. */
  indexOf(nonce: unknown): number | undefined;
}

export function createNonces(regime: NonceRegime): ServerNonces {
  const given: string[] = [];
  const good = new Set<string>();
  let answers = 0;

  const giveNew = () => {
    given.push(crypto.randomUUID());
    good.add(given.at(-1)!);
  };
  const lifetime = answersPerNonce(regime);

  return {
    forAnswer() {
      if (regime === 'never') return undefined;
      if (answers++ % lifetime === 0) giveNew();
      if (typeof regime === 'object') given.slice(0, -2).forEach((old) => good.delete(old));
      return given.at(-1);
    },
    accept(nonce) {
      if (regime === 'never') return true;
      if (isNeverContent(regime) || typeof nonce !== 'string') return false;
      return regime === 'single-use' ? good.delete(nonce) : good.has(nonce);
    },
    indexOf(nonce) {
      const index = given.findIndex((known) => known === nonce);
      return index < 0 ? undefined : index;
    },
  };
}

function answersPerNonce(regime: NonceRegime): number {
  if (typeof regime === 'object') return regime.everyAnswers;
  return regime === 'static' || regime === 'never content, same nonce' ? Infinity : 1;
}

const isNeverContent = (regime: NonceRegime) => typeof regime === 'string' && regime.startsWith('never content');
