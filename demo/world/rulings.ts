/** Where what a sender saw and what a server decided come together, whichever of the two is told first. */

import type { Ruling } from '../ruling.ts';

interface Awaited {
  readonly mark: string;
  readonly resolve: (ruling: Ruling) => void;
}

interface Told {
  readonly ruling: Ruling;
  readonly atSeconds: number;
}

export class Rulings {
  readonly #told: Told[] = [];
  readonly #awaited: Awaited[] = [];
  readonly #patienceSeconds: number;
  readonly #keptSeconds: number;

  /**
   * `patienceSeconds` is how long a server may take to tell, once its answer is there. What nobody asked about for
   * `keptSeconds` was about another page's request: live servers tell all pages.
   */
  constructor(patienceSeconds = 5, keptSeconds = 10) {
    this.#patienceSeconds = patienceSeconds;
    this.#keptSeconds = keptSeconds;
  }

  add(ruling: Ruling): void {
    const awaited = take(this.#awaited, ({ mark }) => mark === ruling.mark);
    if (awaited) awaited.resolve(ruling);
    else this.#told.push({ ruling, atSeconds: nowSeconds() });
  }

  /** The decision on a request. Those with one mark are decided on in the order in which they were sent. */
  async about(mark: string): Promise<Ruling> {
    while (this.#told[0] && this.#told[0].atSeconds < nowSeconds() - this.#keptSeconds) this.#told.shift();
    return take(this.#told, ({ ruling }) => ruling.mark === mark)?.ruling ?? this.#await(mark);
  }

  #await(mark: string): Promise<Ruling> {
    return new Promise((resolve, reject) => {
      const awaited = { mark, resolve };
      this.#awaited.push(awaited);
      setTimeout(() => {
        if (take(this.#awaited, (other) => other === awaited)) reject(new Error('The server did not tell what it decided.'));
      }, this.#patienceSeconds * 1000);
    });
  }
}

/** The first that fits, taken out. */
function take<Item>(list: Item[], fits: (item: Item) => boolean): Item | undefined {
  const index = list.findIndex(fits);
  return index < 0 ? undefined : list.splice(index, 1)[0];
}

const nowSeconds = () => performance.now() / 1000;
