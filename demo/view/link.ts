/** The picture that the page is about: the key that the token names beside the key that signed the proof. */

import { el } from '../dom.ts';
import { emptyGlyph, glyph } from './glyph.ts';

/** What the picture says: linked, broken, linked by forgery, or only one side there. */
export type LinkState = 'equal' | 'unequal' | 'forged' | 'half';

export interface Link {
  readonly state: LinkState;
  readonly tokenJkt: string | undefined;
  readonly proofJkt: string | undefined;
  /** What it means for this request, in one sentence. */
  readonly meaning: string;
}

const signs: Record<LinkState, { sign: string; words: string }> = {
  equal: { sign: '=', words: 'Equal' },
  unequal: { sign: '≠', words: 'Not equal' },
  forged: { sign: '=', words: 'Equal, but forged' },
  half: { sign: '?', words: 'Nothing to compare' },
};

/** The two thumbprints, and whether they are the same. */
export function linkPicture({ state, tokenJkt, proofJkt, meaning }: Link): HTMLElement {
  const { sign, words } = signs[state];
  return el(
    'figure',
    { class: `link link-${state}` },
    el(
      'div',
      { class: 'link-pair' },
      side('Token bound to', 'cnf.jkt', tokenJkt, 'No token'),
      el('div', { class: 'link-sign' }, el('span', { 'aria-hidden': 'true' }, sign)),
      side('Proof signed by', 'thumbprint', proofJkt, 'No proof'),
    ),
    el('figcaption', {}, el('strong', {}, `${words}.`), ' ', meaning),
  );
}

function side(title: string, term: string, jkt: string | undefined, nothing: string): HTMLElement {
  return el(
    'div',
    { class: 'link-side' },
    el('p', { class: 'link-title' }, title),
    jkt ? glyph(jkt, 'glyph-large') : emptyGlyph(),
    el('p', { class: 'link-jkt' }, el('span', { class: 'term' }, term), ' ', el('code', {}, jkt ?? nothing)),
  );
}
