/** Who holds what: Alice's key, her token, and the thief's key, each with its picture. */

import { byId, el, svg } from '../dom.ts';
import { expiresAtSeconds, type AliceSession } from '../world/session.ts';
import type { Stage } from '../world/stage.ts';
import { emptyGlyph, glyph } from './glyph.ts';

export function showIdentities({ alice, thief }: Stage): void {
  const { jkt, persistence } = alice.keybound;
  const kept = persistence === 'indexeddb' ? 'in IndexedDB' : 'in memory';
  byId('identities').replaceChildren(
    identity('alice', 'Alice’s key', glyph(jkt), `${kept}, not exportable`),
    identity('token', 'Alice’s token', tokenPicture(), tokenWords(alice.session.read())),
    identity('thief', 'Thief’s key', glyph(thief.jkt), 'of his own'),
  );
}

/** While the keys are being fetched or made. */
export function showNobody(): void {
  byId('identities').replaceChildren(
    identity('alice', 'Alice’s key', emptyGlyph(), 'getting ready'),
    identity('token', 'Alice’s token', tokenPicture(), 'getting ready'),
    identity('thief', 'Thief’s key', emptyGlyph(), 'getting ready'),
  );
}

function identity(who: string, title: string, picture: Node, text: string): HTMLElement {
  return el('div', { class: `identity identity-${who}` }, el('dt', {}, picture, title), el('dd', {}, text));
}

function tokenWords(session: AliceSession | undefined): string {
  if (!session) return 'none yet';
  if (session.isRevoked) return 'revoked';
  if (expiresAtSeconds(session) <= Date.now() / 1000) return 'expired';
  return 'readable, useless without her key';
}

/** Three segments and two dots, as JWTs have. */
function tokenPicture(): SVGSVGElement {
  const segments = [
    [10, 34, 42], [10, 50, 80], [10, 66, 58],
  ].map(([x, y, width]) => svg('line', { x1: String(x), y1: String(y), x2: String(x! + width!), y2: String(y) }));
  return svg('svg', { class: 'glyph', viewBox: '0 0 100 100', 'aria-hidden': 'true', focusable: 'false' }, ...segments);
}
