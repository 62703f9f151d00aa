/** Frames of this origin, each with its own copy of the SDK: what other tabs are to a page. */

import type * as Sdk from '../../src/index.ts';
import { beEndlesslyPatient } from './patience.ts';

export interface TestFrame {
  readonly window: Window & typeof globalThis;
  readonly sdk: typeof Sdk;
  /** Loads the page again; the frame's window and SDK are new ones then. */
  reload(): Promise<TestFrame>;
  remove(): void;
}

beEndlesslyPatient();

/** Opens a frame and waits until the SDK has loaded in it; `prepare` sees its window before that, at each load. */
export async function openFrame(prepare?: (window: TestFrame['window']) => void): Promise<TestFrame> {
  const element = Object.assign(document.createElement('iframe'), { prepare });
  const page = new URL('./frame.html', import.meta.url);
  const loaded = nextLoad(element);
  element.src = page.href;
  document.body.append(element);
  await loaded;
  return look(element);
}

function look(element: HTMLIFrameElement): TestFrame {
  const window = element.contentWindow as unknown as TestFrame['window'] & { keybound?: typeof Sdk };
  if (!window.keybound) throw new Error('The SDK did not load in the frame.');
  beEndlesslyPatient(window);
  return {
    window,
    sdk: window.keybound,
    async reload() {
      const loaded = nextLoad(element);
      window.location.reload();
      await loaded;
      return look(element);
    },
    remove: () => element.remove(),
  };
}

/** From now on no `setTimeout` of this window ends, as no `AbortSignal.timeout` does: who waits by one waits for ever, and `unstored` is never told. */
export function stopTimers(window: TestFrame['window']): void {
  window.setTimeout = (() => 0) as unknown as typeof window.setTimeout;
}

function nextLoad(element: HTMLIFrameElement): Promise<void> {
  return new Promise((resolve) => element.addEventListener('load', () => resolve(), { once: true }));
}
