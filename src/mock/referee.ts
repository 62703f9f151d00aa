/** Who watches the clients: it remembers what one request alone does not show. */

import { isJsonObject } from '../protocol/json.ts';
import { mendableMistake, plainMistakes, readLooseProof, type Examinee, type LooseProof } from './examine.ts';
import { describeMistake, withoutSecrets, type Mistake, type MistakeCode } from './mistakes.ts';

/** One exchange, as the referee sees it: the nonce is the one that the answer gives. */
export interface Watched extends Examinee {
  readonly nextNonce: string | null;
  /** Whether the client can read why it was refused. */
  readonly readable: boolean;
}

/** How much of each kind is remembered; the oldest goes first. */
export const REMEMBERED = 10_000;

/** Finds the mistakes of all clients of one world. */
export class Referee {
  readonly #tell: (mistake: Mistake) => void;
  #made: Mistake[] = [];
  /** What is wrong unless the request comes again, by key and request. */
  readonly #open = new Map<string, Mistake>();
  /** A hash of the proof, by key and jti. */
  readonly #jtis = new Map<string, number>();
  readonly #nonces = new Map<string, Examinee['server']>();

  constructor(tell: (mistake: Mistake) => void) {
    this.#tell = tell;
  }

  /** Looks at an exchange, and gives the mistakes that it shows at once. */
  watch(exchange: Watched): readonly Mistake[] {
    const { request, server, nextNonce } = exchange;
    const proof = readLooseProof(request);
    const codes = [...plainMistakes(exchange, proof), ...(proof ? this.#compare(proof, exchange) : [])];
    if (nextNonce !== null) remember(this.#nonces, nextNonce, server);
    if (proof) this.#await(proof, exchange);
    return codes.map((code) => this.blame(code, request));
  }

  /** Remembers a mistake and tells of it. */
  blame(code: MistakeCode, request: Request): Mistake {
    const mistake = describeMistake(code, request);
    this.#made.push(mistake);
    if (this.#made.length > REMEMBERED) this.#made.shift();
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
    const hash = hashOf(proof.compact);
    remember(this.#jtis, name, hash);
    const isKnown = earlier !== undefined || code === 'proof_replayed';
    const giver = typeof nonce === 'string' ? this.#nonces.get(nonce) : undefined;
    return [
      ...(isKnown ? [earlier === undefined || earlier === hash ? ('proof_reused' as const) : ('jti_reused' as const)] : []),
      ...(giver !== undefined && giver !== server ? ['nonce_of_other_server' as const] : []),
    ];
  }

  // A good client that is told to mend something sends the request again: only one that does not has made a mistake.
  #await(proof: LooseProof, exchange: Watched): void {
    const { server, request, readable } = exchange;
    const name = [server, keyOf(proof), request.method, withoutSecrets(request.url)].join(' ');
    const code = mendableMistake(exchange, proof);
    if (code === undefined) this.#open.delete(name);
    else if (readable) remember(this.#open, name, describeMistake(code, request));
  }
}

function remember<Value>(map: Map<string, Value>, name: string, value: Value): void {
  map.set(name, value);
  const [oldest] = map.keys();
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest);
}

/** Tells one proof from another in 32 bits (FNV-1a): a name for a mistake hangs on it, and no decision. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}

function keyOf({ header: { jwk } }: LooseProof): string {
  return isJsonObject(jwk) ? String(jwk.x ?? jwk.n) : '';
}
