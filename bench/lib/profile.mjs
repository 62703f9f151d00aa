// A profile of the processor's time, summed up: which functions take which share of it.

const NATIVE = 'the platform';
/** What is nobody's, or the profiler's own. */
const LEFT = new Set(['(root)', '(idle)', '(program)', 'dispatch']);
const MOST = 16;

/** What counts as one thing, whatever it calls: by the function at its top. */
const WHOLE = { verifyOneShot: 'the signature', sign: 'the signature', sign2: 'the signature', hash: 'hashes', '(garbage collector)': 'garbage collection' };

/**
 * @param {{ nodes: { id: number, callFrame: { functionName: string, url: string }, children?: number[] }[], samples: number[], timeDeltas: number[] }} profile
 *   as the DevTools protocol gives it
 * @returns {Record<string, { 'of the time': string }>} the functions that take most, and the file of each
 */
export function shares({ nodes, samples, timeDeltas }) {
  const names = new Map();
  const name = ({ id, callFrame: { functionName, url }, children = [] }, within) => {
    const own = within ?? WHOLE[functionName];
    names.set(id, own ?? `${functionName || 'a nameless function'}, ${fileOf(url)}`);
    for (const child of children) name(byId.get(child), own);
    if (LEFT.has(functionName)) names.delete(id);
  };
  const byId = new Map(nodes.map((node) => [node.id, node]));
  name(nodes[0]);
  const taken = new Map();
  for (const [index, id] of samples.entries()) {
    const known = names.get(id);
    if (known) taken.set(known, (taken.get(known) ?? 0) + timeDeltas[index]);
  }
  const all = [...taken.values()].reduce((sum, each) => sum + each, 0);
  const most = [...taken].sort(([, one], [, other]) => other - one).slice(0, MOST);
  const rest = all - most.reduce((sum, [, each]) => sum + each, 0);
  const others = taken.size > most.length ? [[`${taken.size - most.length} others, all together`, rest]] : [];
  return Object.fromEntries([...most, ...others].map(([of, time]) => [of, { 'of the time': `${((100 * time) / all).toFixed(1)} %` }]));
}

const fileOf = (url) => (url === '' || url.startsWith('node:') ? NATIVE : url.split('/').at(-1).split('?')[0] || 'page');
