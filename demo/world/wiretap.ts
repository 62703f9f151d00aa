/** What goes over the wire, told by those who send it: Keybound by its events, who has none by his own fetch. */

import type { Keybound } from 'keybound';
import type { Remark, Sender } from '../exchange.ts';
import { remarks } from '../remarks.ts';

/** A request as it was sent, and its answer; the bodies are there to be read. */
export interface Sent {
  readonly sender: Sender;
  readonly request: Request;
  readonly response: Response;
  readonly attempt: number;
  readonly remarks: readonly Remark[];
}

export type Tell = (sent: Sent) => void;

/** Tells of all that a Keybound sends, if it was made with `reveal: true`. */
export function listenTo(keybound: Keybound, sender: Sender, tell: Tell): void {
  let made: Remark[] = [];
  keybound.addEventListener('answer', ({ detail: { request, response, attempt } }) => {
    if (request && response) tell({ sender, request, response, attempt, remarks: (made = []) });
  });
  for (const [event, words] of Object.entries(remarks)) {
    keybound.addEventListener(event, ({ detail }: CustomEventInit<never>) => void made.push({ event, words: words(detail!) }));
  }
}

/** A fetch that tells of what it sends. */
export function tellingFetch(sender: Sender, tell: Tell, fetch = globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const response = await fetch(request.clone());
    tell({ sender, request, response: response.clone(), attempt: 1, remarks: [] });
    return response;
  };
}
