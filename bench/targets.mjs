// What Keybound is to reach, each line with ours of the last measurement, and with the reason where it is not reached.
const ratioOf = (parts, part, title, contender) => parts[part]?.results[title]?.[contender]?.ratio.median;
const few = (value) => (value === undefined ? undefined : value.toFixed(2));
const listed = (values) => (values.some((value) => value === undefined) ? undefined : values.map(few).join(', '));
const ALGORITHMS = ['EdDSA', 'ES256', 'RS256 + ES256'];
const verifier = (parts, contender) => ALGORITHMS.map((title) => ratioOf(parts, 'verifier', title, contender));
const bytes = (parts, name) => parts.size?.counts['bytes for a page'][name]?.brotli;

/** Ours as a multiple of the best peer's rate, for each pair of algorithms. */
function overPeers(parts, suffix) {
  return ALGORITHMS.map((title) => {
    const contenders = parts.verifier?.results[title] ?? {};
    const peers = Object.entries(contenders).filter(([name]) => !name.startsWith('keybound') && name !== 'one raw verify' && name.endsWith(suffix) && (suffix !== '' || !name.endsWith('in flight')));
    const best = Math.max(...peers.map(([, { ratio }]) => ratio.median));
    const ours = contenders[`keybound${suffix}`]?.ratio.median;
    return ours === undefined ? undefined : ours / best;
  });
}

// As exact as the targets are, and as what is shown.
const rounded = (value) => Math.round(value * 100) / 100;
const atLeast = (...limits) => (values) => values.every((value, index) => rounded(value) >= (limits[index] ?? limits.at(-1)));
const atMost = (...limits) => (values) => values.every((value, index) => rounded(value) <= (limits[index] ?? limits.at(-1)));

const replay = (parts, pattern, pick) => {
  const [, found] = Object.entries({ ...parts.replay?.results, ...parts.replay?.counts }).find(([title]) => pattern.test(title)) ?? [];
  return found && pick(found);
};
const requests = (parts, title) => {
  const { counts = {}, observed = {} } = parts.herd ?? {};
  return ({ ...counts, ...observed })[title]?.keybound;
};
/** The most of a range, `107 to 111`. */
const most = (range) => (range === undefined ? undefined : Number(String(range).split(' to ').at(-1)));

function herd(protocol, limits) {
  return {
    values: (parts) => Object.keys(limits).map((server) => most(requests(parts, `${protocol}, ${server}`)?.requests)),
    isMet: atMost(...Object.values(limits)),
    show: (values) => values.join(' / '),
    also: (parts) => Object.keys(limits).every((server) => requests(parts, `${protocol}, ${server}`)?.succeeded === 100),
  };
}

const HERD = { 'one nonce for good': 102, 'a new nonce every 25 answers': 104, 'a new nonce with every answer': 125, 'each nonce once': 200 };

/** Of a contender whose ratio says how many times as fast as the baseline it is. */
const notMeasurablyMore = (find) => ({
  values: (parts) => {
    const { median, low, high } = find(parts)?.ratio ?? {};
    return [median, high, low].map((ratio) => 1 / ratio);
  },
  isMet: ([, low]) => low <= 1,
  show: ([median, low, high]) => `${few(median)} (${few(low)} to ${few(high)})`,
});

const RELOAD = 'Chromium, ES256, reload';
const SENT_ONCE = 'HTTP/2, one nonce for good';
/** What grows, up to how many. */
const GROWN = { 'proofs alive, keybound spend': 1_000_000, 'clients at the verifier, caches sized for them': 100_000, 'origins in one client': 100 };

/** `values` gives what is compared, `why` what is said where it is not reached. */
export const TARGETS = [
  {
    what: 'a proof in Chromium: rate ÷ the raw signature, Ed25519 and ES256',
    target: '≥ 0.90',
    values: (parts) => ['keybound, createProof', 'keybound, createProof, another URL each time'].flatMap((name) => ['Ed25519', 'ES256'].map((alg) => ratioOf(parts, 'proofs', `Chromium, ${alg}`, name))),
    isMet: ([ed25519, es256]) => atLeast(0.9)([ed25519, es256]),
    show: ([ed25519, es256, ...others]) => `${listed([ed25519, es256])}; with another URL each time ${listed(others)}`,
    why: 'Beside the signature, the profile names the claims’ JSON, a copy of the bytes that are signed, and base64url.',
  },
  {
    what: 'added to a fetch, stubbed network, p50 ÷ dpop with glue (Chromium, ES256)',
    target: '≤ 0.70',
    values: (parts) => [ratioOf(parts, 'fetch', 'Chromium, ES256, stubbed network, p50', 'keybound, protect')],
    isMet: atMost(0.7),
    why: 'Half of it is the signature. Of the rest, the profile (“Where the time goes”) names garbage, the Request and its two headers; there are the waits that an abort ends, too, and the peer’s glue waits for nobody.',
  },
  {
    what: 'the first proof after a reload: time ÷ a bare open, get and signature (Chromium, ES256)',
    target: 'not measurably more: the spread reaches 1',
    ...notMeasurablyMore((parts) => parts.cold?.results[RELOAD]?.['keybound, createKeybound + proof()']),
    why: 'Counted below: it reads what is known of servers beside the key, and tries the key before it is trusted.',
  },
  {
    what: 'IndexedDB reads for a proof and for a protected fetch, by a key that is kept',
    target: '0',
    values: (parts) => [['one proof', 'keybound, proof() of a stored key'], ['one protected fetch', 'keybound, protect']].map(([what, name]) => {
      const asked = parts.counts?.counts[`Chromium, ES256: ${what}`]?.[name];
      return asked && (asked['IndexedDB read'] ?? 0);
    }),
    isMet: atMost(0),
    show: (values) => values.join(', '),
  },
  {
    what: 'bytes, brotli: `createProof` alone / the six lines / everything',
    target: '≤ 1.2 / 3.5 / 5.0 kB',
    values: (parts) => ['keybound: createProof alone', 'keybound: the six lines', 'keybound: everything'].map((name) => bytes(parts, name) && bytes(parts, name) / 1000),
    isMet: atMost(1.2, 3.5, 5),
    show: (values) => values.map((value) => value.toFixed(1)).join(' / '),
    why: 'The six lines carry the gate for nonces, one key and one refresh for all tabs, clocks, the bounded way through IndexedDB and typed errors: none is optional for who wants a session that holds. Cut out one by one, IndexedDB and the tabs weigh 0.7 kB, one refresh for all 0.2, clocks 0.2, the fetch for logins 0.2, streams 0.15, and so on; without any of them 4.4 kB would remain. 0.2 kB went into the speed of proofs.',
  },
  {
    what: 'the verifier: rate ÷ one raw verification, a token seen before (EdDSA, ES256, RS256 + ES256)',
    target: '≥ 0.88',
    values: (parts) => verifier(parts, 'keybound'),
    isMet: atLeast(0.88),
    why: 'Beside the signature a request takes some 16 µs, spread thin: in the profile (“Where the time goes”) it is two hashes and garbage with some 2 % each, and no function takes 2 % of the whole. In one long run, with the caches of the processor warm, the ratio is 0.82 to 0.85.',
  },
  {
    what: 'the verifier ÷ the best peer, one at a time',
    target: '≥ 4.5 / 7 / 7',
    values: (parts) => overPeers(parts, ''),
    isMet: atLeast(4.5, 7, 7),
    why: 'One raw verification, the limit, is itself only 4.5, 7.7 and 7.1 times as fast as the best peer here. Most peers keep no memory of proofs, and none checks a nonce.',
  },
  {
    what: 'the verifier ÷ the best peer, 32 in flight',
    target: '≥ 2.5',
    values: (parts) => overPeers(parts, ', 32 in flight'),
    isMet: atLeast(2.5),
    why: 'A crowd goes to the thread pool, as with the peers: both wait for the same two cores, and a check of EdDSA is the longest, so that what is beside it weighs least.',
  },
  {
    what: 'the verifier, first sight of a token from a known key ÷ two raw verifications of the proof’s kind',
    target: '≥ 0.85',
    values: (parts) => verifier(parts, 'keybound, new token').map((ratio) => (ratio === undefined ? undefined : 2 * ratio)),
    isMet: atLeast(0.85),
    why: 'Beside the two signatures such a request takes some 25 µs. The profile names garbage, JSON and base64url of the token, its hash and its claims, with 1 to 3 % each.',
  },
  {
    what: 'the memory of proofs, 1 M alive: bytes an entry',
    target: '≤ 20',
    values: (parts) => [replay(parts, /^bytes an entry/, (found) => found['keybound spend']?.['after 1.5 turnovers'])],
    isMet: atMost(20),
    show: String,
  },
  {
    what: 'the same: time ÷ Map, `claim` and `spend`',
    target: '≤ 0.40',
    values: (parts) => ['keybound claim', 'keybound spend'].map((name) => replay(parts, /processor time/, (found) => 1 / found[name].ratio.median)),
    isMet: atMost(0.4),
    why: '`spend` counts the quota of its key as well, which a Map of proofs does not.',
  },
  {
    what: 'the same: the longest call, growth included (less what the system gave to others)',
    target: '≤ 3 ms',
    values: (parts) => [replay(parts, /less what the system/, (found) => found['keybound spend'].value.median / 1e6)],
    isMet: atMost(3),
    show: ([value]) => `${few(value)} ms`,
    why: 'No step of ours takes more than 0.8 ms, by the least of several runs over the same keys: what is more is garbage collection, compiling and the machine.',
  },
  {
    what: 'requests for 100 at once, HTTP/1.1: static / every 25 / every answer / single use, none fails',
    target: '≤ 102 / 104 / 125 / 200',
    ...herd('HTTP/1.1', HERD),
  },
  {
    what: 'the same by HTTP/2',
    target: '≤ 102 (static), none fails',
    ...herd('HTTP/2', { ...HERD, 'a new nonce every 25 answers': Infinity, 'a new nonce with every answer': Infinity, 'each nonce once': Infinity }),
  },
  {
    what: 'time for 100 at once by HTTP/2, one nonce for good ÷ dpop with glue, which sends each twice',
    target: 'not measurably more: the spread reaches 1',
    ...notMeasurablyMore((parts) => parts.herd?.results[SENT_ONCE]?.keybound),
  },
  {
    what: 'a server that never demands nonces, HTTP/1.1 and HTTP/2',
    target: '100',
    values: (parts) => ['HTTP/1.1', 'HTTP/2'].map((protocol) => most(requests(parts, `${protocol}, no nonces`)?.requests)),
    isMet: atMost(100),
    show: (values) => values.join(' / '),
  },
  {
    what: 'the cost of one with a million proofs alive / 100,000 clients / 100 origins ÷ with one',
    target: '≤ 1.3',
    values: (parts) => Object.entries(GROWN).map(([title, size]) => 1 / ratioOf(parts, 'growth', title, size)),
    isMet: atMost(1.3),
    why: 'The table of growth below says from where on: that is where data no longer fits the caches of the processor.',
  },
];

/** @returns {{ ours: string, isMet: boolean | undefined }} undefined where it was not measured */
export function judge({ values, isMet, show = listed, also = () => true }, parts) {
  const measured = values(parts);
  if (measured.some((value) => value === undefined || Number.isNaN(value))) return { ours: 'not measured', isMet: undefined };
  return { ours: show(measured), isMet: isMet(measured) && also(parts) };
}
