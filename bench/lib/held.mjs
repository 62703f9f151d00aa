// What was measured, held against what was measured before: losses of what is timed, and differences of what is counted.

/** What is ours, of all that was measured side by side. */
const isOurs = (contender) => contender.startsWith('keybound');

/**
 * @param {{ results: object, better?: string }} before
 * @param {{ results: object }} now
 * @param {{ room: number }} terms by how much a median may be worse
 * @returns {string[]} every ratio of ours that is too low, or too high where lower is better
 */
export function losses(before, now, { room }) {
  return Object.entries(before.results).flatMap(([title, contenders]) =>
    Object.entries(contenders).filter(([contender]) => isOurs(contender)).flatMap(([contender, { ratio }]) => {
      const measured = now.results[title]?.[contender]?.ratio.median;
      const isGood = before.better === 'lower' ? measured <= ratio.median * (1 + room) : measured >= ratio.median * (1 - room);
      if (isGood) return [];
      return [`${title}, ${contender}: ${measured?.toFixed(2) ?? 'not measured'}, it was ${ratio.median.toFixed(2)}`];
    }),
  );
}

/** What a count may differ by: compressors differ from one Node to the next, compilers make some objects vanish, means are rounded. */
function leeway(path, value) {
  if (/^(gzip|brotli)$/.test(path.at(-1))) return 0.01 * value;
  if (path.some((name) => name.includes('bytes allocated'))) return 0.1 * value;
  return path.some((name) => name.startsWith('bytes an entry')) ? 1 : 0;
}

const told = (count) => (typeof count === 'object' ? 'there' : (count ?? 'not there'));

/**
 * @param {object} before counts, in counts, by their names
 * @param {object} now
 * @returns {string[]} every count that is another one, that is gone or that is new, by its path
 */
export function differences(before, now, path = []) {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((name) => {
    const [was, is] = [before[name], now[name]];
    const here = [...path, name];
    if (typeof was === 'object' && typeof is === 'object') return differences(was, is, here);
    const isSame = was === is || Math.abs(is - was) <= leeway(here, was);
    return isSame ? [] : [`${here.join(' › ')}: ${told(is)}, it was ${told(was)}`];
  });
}

const kept = (entries, isLeft) => Object.fromEntries(Object.entries(entries).filter(([name]) => !isLeft(name)));

/**
 * Without what cannot be compared here.
 *
 * @param {{ results: object, counts?: object }} part
 * @param {(name: string) => boolean} isLeft of a title, or of a contender
 */
export function without(part, isLeft) {
  const rows = (titles = {}) => Object.fromEntries(Object.entries(kept(titles, isLeft)).map(([title, contenders]) => [title, kept(contenders, isLeft)]));
  return { ...part, results: rows(part.results), counts: rows(part.counts) };
}
