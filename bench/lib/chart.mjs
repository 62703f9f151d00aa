// Charts as SVG: lines and bars, with axes, for light and dark pages, and legible at 700 pixels. The same numbers give the
// same bytes.

const WIDTH = 720;
const PLOT = { left: 64, right: 24, bottom: 58 };
const LINE_HEIGHT = 20;
const COLOURS = ['a', 'b', 'c', 'd', 'e', 'f'];
// Lines differ by more than their colour.
const DASHES = ['', '8 4', '2 4', '10 4 2 4', '14 6', '4 2'];

const STYLE = `
    .ground { fill: #fff } text { fill: #1c2230 } .soft { fill: #4a5160 } .grid { stroke: #d9dde5 } .axis { stroke: #5b6270 }
    .halo { stroke: #fff; stroke-width: 4; stroke-linecap: square } .whisker { stroke: #1c2230; stroke-width: 1.5 }
    .mark { stroke: #5b6270; stroke-dasharray: 3 4 } .a { --ink: #1f5fbf } .b { --ink: #b4430f } .c { --ink: #1d7a46 } .d { --ink: #8a3fa8 } .e { --ink: #7a5c00 } .f { --ink: #5b6270 }
    .line { fill: none; stroke: var(--ink); stroke-width: 2.5; stroke-linejoin: round } .dot { fill: var(--ink) } .bar { fill: var(--ink) }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #12151c } text { fill: #eef1f6 } .soft { fill: #b9c0cc } .grid { stroke: #2c3342 } .axis { stroke: #8b93a3 }
      .halo { stroke: #12151c } .whisker { stroke: #eef1f6 }
      .mark { stroke: #8b93a3 } .a { --ink: #7db0ff } .b { --ink: #ef9566 } .c { --ink: #6fd39b } .d { --ink: #d79bf0 } .e { --ink: #e0c05a } .f { --ink: #b9c0cc }
    }
  `;

const escape = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const at = (number) => String(Math.round(number * 10) / 10);
const text = (x, y, content, attributes = '') => `<text x="${at(x)}" y="${at(y)}"${attributes && ` ${attributes}`}>${escape(content)}</text>`;
const rule = (kind, x1, y1, x2, y2) => `<path class="${kind}" d="M${at(x1)} ${at(y1)}L${at(x2)} ${at(y2)}"/>`;

function svg({ title, description, height, body }) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="14">
  <title id="t">${escape(title)}</title>
  <desc id="d">${escape(description)}</desc>
  <style>${STYLE}</style>
  <rect class="ground" width="${WIDTH}" height="${height}"/>
  ${text(16, 26, title, 'font-size="16" font-weight="600"')}
  ${body.join('\n  ')}
</svg>
`;
}

/** A number as it stands at an axis or a bar: 0.05, 12, 1,200, 3M. */
export function short(number) {
  const size = Math.abs(number);
  if (size >= 1e6) return `${trim(number / 1e6)}M`;
  if (size >= 1e4) return `${trim(number / 1e3)}k`;
  if (size >= 1e3) return number.toLocaleString('en-US', { maximumFractionDigits: 0 });
  return trim(number);
}

const trim = (number) => String(Number(number.toPrecision(3)));

/** Round steps from 0 (or below) to the top, some five of them; for logarithms, the powers of ten. */
function ticksOf({ min, max, log }) {
  if (log) {
    const powers = [];
    for (let power = Math.ceil(Math.log10(min) - 1e-9); power <= Math.log10(max) + 1e-9; power += 1) powers.push(10 ** power);
    return powers;
  }
  const rough = (max - min) / 5;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((each) => each * unit >= rough) * unit;
  return Array.from({ length: Math.floor((max - min) / step + 1e-9) + 1 }, (_, index) => min + index * step);
}

/** A scale from values to pixels. */
function scaleOf({ min, max, log = false, ticks }, from, to) {
  const place = log ? Math.log10 : Number;
  const [low, high] = [place(min), place(max)];
  const scale = (value) => from + ((place(Math.min(max, Math.max(min, value))) - low) / (high - low || 1)) * (to - from);
  return Object.assign(scale, { ticks: ticks ?? ticksOf({ min, max, log }) });
}

function boundsOf(values, { log = false, min, max, ticks }) {
  const low = min ?? (log ? Math.min(...values) : 0);
  const top = max ?? Math.max(...values, low + (log ? 0 : 1e-9));
  if (max !== undefined || log) return { min: low, max: top, log, ticks };
  const steps = ticksOf({ min: low, max: top });
  const step = steps[1] - steps[0];
  return { min: low, max: low + Math.ceil((top - low) / step - 1e-9) * step, log, ticks };
}

/** A legend in rows above the plot; tells how high it is. */
function legend(series, top) {
  const parts = [];
  let x = PLOT.left;
  let y = top;
  for (const [index, { name }] of series.entries()) {
    const width = 44 + name.length * 7.3;
    if (x > PLOT.left && x + width > WIDTH - 8) [x, y] = [PLOT.left, y + LINE_HEIGHT];
    parts.push(`<path class="line ${COLOURS[index]}" stroke-dasharray="${DASHES[index]}" d="M${at(x)} ${at(y - 4)}h28"/>`, text(x + 34, y, name));
    x += width + 10;
  }
  return { parts, bottom: y };
}

/**
 * Lines over an axis that may be logarithmic.
 *
 * @param {{ title: string, description: string, x: Axis, y: Axis, series: { name: string, points: [number, number][] }[], marks?: { x: number, label: string }[] }} chart
 * @returns {string} SVG
 *
 * @typedef {{ label: string, log?: boolean, min?: number, max?: number, ticks?: number[], format?: (value: number) => string }} Axis
 */
export function lineChart({ title, description, x, y, series, marks = [] }) {
  if (series.length > COLOURS.length) throw new Error(`At most ${COLOURS.length} lines can be told apart`);
  const { parts, bottom } = legend(series, 52);
  const top = bottom + 46;
  const height = top + 230 + PLOT.bottom;
  const [right, floor] = [WIDTH - PLOT.right, height - PLOT.bottom];
  const column = scaleOf(boundsOf(series.flatMap(({ points }) => points.map(([value]) => value)), x), PLOT.left, right);
  const row = scaleOf(boundsOf(series.flatMap(({ points }) => points.map(([, value]) => value)), y), floor, top);
  const [formatX, formatY] = [x.format ?? short, y.format ?? short];
  const body = [
    ...parts,
    ...row.ticks.flatMap((value) => [rule('grid', PLOT.left, row(value), right, row(value)), text(PLOT.left - 8, row(value) + 5, formatY(value), 'class="soft" text-anchor="end"')]),
    ...column.ticks.flatMap((value) => [rule('axis', column(value), floor, column(value), floor + 5), text(column(value), floor + 21, formatX(value), 'class="soft" text-anchor="middle"')]),
    rule('axis', PLOT.left, floor, right, floor),
    text((PLOT.left + right) / 2, height - 14, x.label, 'text-anchor="middle"'),
    text(16, top - 24, y.label, 'class="soft"'),
    ...marks.flatMap(({ x: value, label }) => mark(column(value), label, { top, floor, right })),
    ...series.flatMap(({ points }, index) => line(points.map(([px, py]) => [column(px), row(py)]), index)),
  ];
  return svg({ title, description, height, body });
}

function mark(x, label, { top, floor, right }) {
  const isLate = x + label.length * 7 > right;
  return [rule('mark', x, top - 4, x, floor), text(isLate ? x - 5 : x + 5, top - 6, label, `class="soft" font-size="13"${isLate ? ' text-anchor="end"' : ''}`)];
}

// Dots only where they can be told apart.
function line(points, index) {
  const path = `<path class="line ${COLOURS[index]}" stroke-dasharray="${DASHES[index]}" d="M${points.map(([x, y]) => `${at(x)} ${at(y)}`).join('L')}"/>`;
  const dots = points.length > 24 ? [] : points.map(([x, y]) => `<circle class="dot ${COLOURS[index]}" cx="${at(x)}" cy="${at(y)}" r="3.5"/>`);
  return [path, ...dots];
}

/**
 * Bars that lie, in groups, each with its value; `low` and `high` draw the spread, `limit` a line across all.
 *
 * @param {{ title: string, description: string, label: string, groups: { name: string, bars: Bar[] }[], limit?: { value: number, label: string }, max?: number, format?: (value: number) => string }} chart
 * @returns {string} SVG
 *
 * @typedef {{ name: string, value: number, low?: number, high?: number, kind?: number }} Bar `kind` is the number of its colour: 0 (the default) to 5
 */
export function barChart({ title, description, label, groups, limit, max, format = short }) {
  const bars = groups.flatMap((group) => group.bars);
  const left = Math.min(380, 28 + Math.max(...bars.map(({ name }) => name.length), 4) * 7.8);
  const right = WIDTH - 84;
  const top = limit ? 66 : 50;
  const scale = scaleOf({ min: 0, max: max ?? Math.max(...bars.map(({ value, high = value }) => high), limit?.value ?? 0) }, left, right);
  const body = [];
  let y = top;
  for (const group of groups) {
    if (group.name) body.push(text(16, y + 14, group.name, 'font-weight="600"'));
    if (group.name) y += 24;
    for (const each of group.bars) {
      body.push(...bar(each, { y, left, scale, format }));
      y += 26;
    }
    y += 10;
  }
  if (limit) body.push(rule('mark', scale(limit.value), top - 6, scale(limit.value), y - 6), text(scale(limit.value), top - 12, limit.label, 'class="soft" font-size="13" text-anchor="middle"'));
  body.push(text(left, y + 14, label, 'class="soft"'));
  return svg({ title, description, height: y + 30, body });
}

// On a bar as beside it: a line with two ends, in a margin of the ground's colour.
function whisker(from, to, y) {
  const path = `M${at(from)} ${at(y)}L${at(to)} ${at(y)}M${at(from)} ${at(y - 4)}v8M${at(to)} ${at(y - 4)}v8`;
  return [`<path class="halo" d="${path}"/>`, `<path class="whisker" d="${path}"/>`];
}

function bar({ name, value, low, high, kind = 0 }, { y, left, scale, format }) {
  const end = Math.max(scale(value), left + 1.5);
  const spread = low === undefined || high === undefined ? [] : whisker(scale(low), scale(high), y + 9);
  const beside = Math.max(end, high === undefined ? end : scale(high)) + 7;
  return [
    text(left - 8, y + 14, name, 'text-anchor="end"'),
    `<rect class="bar ${COLOURS[kind]}" x="${at(left)}" y="${y}" width="${at(end - left)}" height="18" rx="2"/>`,
    ...spread,
    text(beside, y + 14, format(value)),
  ];
}
