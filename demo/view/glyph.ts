/** A thumbprint as a picture: rings like those of a finger, drawn from its 32 bytes. */

import { svg } from '../dom.ts';

const ringCount = 8;
const bytesPerRing = 4;

/** The picture of a thumbprint. It stands beside the text it is drawn from, so readers of the page skip it. */
export function glyph(jkt: string, className = ''): SVGSVGElement {
  const bytes = thumbprintBytes(jkt);
  const rings = Array.from({ length: ringCount }, (_, index) =>
    ring(index, bytes.subarray(index * bytesPerRing, (index + 1) * bytesPerRing)),
  );
  return svg('svg', { class: `glyph ${className}`, viewBox: '0 0 100 100', 'aria-hidden': 'true', focusable: 'false' }, ...rings);
}

/** The place of a thumbprint that is not there. */
export function emptyGlyph(): SVGSVGElement {
  const circle = svg('ellipse', { cx: '50', cy: '50', rx: '37', ry: '45', 'stroke-dasharray': '2 7' });
  return svg('svg', { class: 'glyph glyph-empty', viewBox: '0 0 100 100', 'aria-hidden': 'true', focusable: 'false' }, circle);
}

/** One ring: its first byte turns it, the others open its gaps. The ring is 360 units long, whatever its size. */
function ring(index: number, [turn = 0, first = 0, second = 0, third = 0]: Uint8Array): SVGEllipseElement {
  const reach = 6 + index * 5.3;
  const gaps = [first, second, third].slice(0, 1 + (turn % 3)).map((byte) => 16 + (byte % 5) * (12 - index * 0.9));
  const weights = [first, second, third].slice(0, gaps.length).map((byte) => 24 + (byte >> 3));
  const drawn = 360 - gaps.reduce((sum, gap) => sum + gap, 0);
  const weight = weights.reduce((sum, part) => sum + part, 0);
  const dashes = gaps.flatMap((gap, at) => [((drawn * weights[at]!) / weight).toFixed(1), gap.toFixed(1)]);
  return svg('ellipse', {
    class: `ring ring-${index}`,
    cx: '50',
    cy: '50',
    rx: (reach * 0.84).toFixed(2),
    ry: reach.toFixed(2),
    pathLength: '360',
    'stroke-dasharray': dashes.join(' '),
    'stroke-dashoffset': String((turn * 360) / 256),
  });
}

function thumbprintBytes(jkt: string): Uint8Array {
  const binary = atob(jkt.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
