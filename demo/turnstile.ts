/** Lets actions through one at a time, in the order of the clicks, and says while one is under way. */

import { byId } from './dom.ts';

let last: Promise<void> = Promise.resolve();
let waiting = 0;

/** Runs an action after those before it. It may not reject: whoever hands it over deals with its failures. */
export function inTurn(button: HTMLButtonElement, action: () => Promise<void>): void {
  waiting += 1;
  showBusy();
  last = last.then(async () => {
    button.classList.add('is-running');
    await action();
    button.classList.remove('is-running');
    waiting -= 1;
    showBusy();
  });
}

function showBusy(): void {
  byId('decisions').setAttribute('aria-busy', String(waiting > 0));
  byId('progress').hidden = waiting === 0;
}
