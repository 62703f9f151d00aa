/** Who watches the clients: it remembers what one request alone does not show. */

import { isJsonObject } from '../protocol/json.ts';
import { mendableMistake, plainMistakes, readLooseProof, type Examinee, type LooseProof } from './examine.ts';
import { describeMistake, withoutQuery, type Mistake, type MistakeCode } from './mistakes.ts';

/** One exchange, as the referee sees it: the nonce is the one that the answer gives. */
export interface Watched extends Examinee {
  readonly nextNonce: string | null;
  /** Whether the client can read why it was refused. */
  readonly readable: boolean;
}

/** Finds the mistakes of all clients of one world. */
export class Referee {
  readonly #tell: (mistake: Mistake) => void;
  #made: Mistake[] = [];
  /** What is wrong unless the request comes again, by key and request. */
  readonly #open = new Map<string, Mistake>();
  readonly #jtis = new Map<string, string>();
  readonly #nonces = new Map<string, Examinee['server']>();

  constructor(tell: (mistake: Mistake) => void) {
    this.#tell = tell;
  }

  /** Looks at an exchange, and gives the mistakes that it shows at once. */
  watch(exchange: Watched): readonly Mistake[] {
    const { request, server, nextNonce } = exchange;
    const proof = readLooseProof(request);
    const codes = [...plainMistakes(exchange, proof), ...(proof ? this.#compare(proof, exchange) : [])];
    if (nextNonce !== null) this.#nonces.set(nextNonce, server);
    if (proof) this.#await(proof, exchange);
    return codes.map((code) => this.blame(code, request));
  }

  /** Remembers a mistake and tells of it. */
  blame(code: MistakeCode, request: Request): Mistake {
    const mistake = describeMistake(code, request);
    this.#made.push(mistake);
    try {
      this.#tell(mistake);
    } catch {
      // What a listener throws is nobody's answer.
    }
    return mistake;
  }

  /** All mistakes since the last time, requests that were to come again and have not included. */
  take(): readonly Mistake[] {
    const taken = [...this.#made, ...this.#open.values()];
    this.#made = [];
    this.#open.clear();
    return taken;
  }

  forget(): void {
    this.take();
    this.#jtis.clear();
    this.#nonces.clear();
  }

  // Against what came before: a proof or a jti that was there already, a nonce that another server gave.
  #compare(proof: LooseProof, { code, server }: Watched): MistakeCode[] {
    const { jti, nonce } = proof.claims;
    if (typeof jti !== 'string') return [];
    const name = `${keyOf(proof)} ${jti}`;
    const earlier = this.#jtis.get(name);
    this.#jtis.set(name, proof.compact);
    const isKnown = earlier !== undefined || code === 'proof_replayed';
    const giver = typeof nonce === 'string' ? this.#nonces.get(nonce) : undefined;
    return [
      ...(isKnown ? [earlier === undefined || earlier === proof.compact ? ('proof_reused' as const) : ('jti_reused' as const)] : []),
      ...(giver !== undefined && giver !== server ? ['nonce_of_other_server' as const] : []),
    ];
  }

  // A good client that is told to mend something sends the request again: only one that does not has made a mistake.
  #await(proof: LooseProof, exchange: Watched): void {
    const { server, request, readable } = exchange;
    const name = [server, keyOf(proof), request.method, withoutQuery(request.url)].join(' ');
    const code = mendableMistake(exchange, proof);
    if (code === undefined) this.#open.delete(name);
    else if (readable) this.#open.set(name, describeMistake(code, request));
  }
}

function keyOf({ header: { jwk } }: LooseProof): string {
  return isJsonObject(jwk) ? String(jwk.x ?? jwk.n) : '';
}
