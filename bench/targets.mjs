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

const atLeast = (...limits) => (values) => values.every((value, index) => value >= (limits[index] ?? limits.at(-1)));
const atMost = (...limits) => (values) => values.every((value, index) => value <= (limits[index] ?? limits.at(-1)));

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

/** Of contenders whose ratios say how many times as fast as the baseline they are. */
const notMeasurablyMore = (find) => ({
  values: (parts) => find(parts).map((contender) => {
    const { median, low, high } = contender?.ratio ?? {};
    return median && { median: 1 / median, low: 1 / high, high: 1 / low };
  }),
  isMet: (values) => values.every(({ low }) => low <= 1),
  show: (values) => values.map(({ median, low, high }) => `${few(median)} (${few(low)} to ${few(high)})`).join(', '),
});

const SENT_ONCE = 'HTTP/2, one nonce for good';
/** What grows, up to how many. */
const GROWN = { 'proofs alive, keybound spend': 1_000_000, 'clients at the verifier, caches sized for them': 100_000, 'origins in one client': 100 };

/** `values` gives what is compared, `why` what is said where it is not reached. */
export const TARGETS = [
  {
    what: 'a proof in Chromium, for one URL again and again: rate ÷ the raw signature, Ed25519 and ES256',
    target: '≥ 0.90',
    values: (parts) => ['keybound, createProof', 'keybound, createProof, another URL each time'].flatMap((name) => ['Ed25519', 'ES256'].map((alg) => ratioOf(parts, 'proofs', `Chromium, ${alg}`, name))),
    isMet: ([ed25519, es256]) => atLeast(0.9)([ed25519, es256]),
    show: ([ed25519, es256, ...others]) => `${listed([ed25519, es256])}; with another URL each time ${listed(others)}`,
    why: 'Ed25519 is at the target within its spread, and a little below it: its signature is the shorter one, and what is beside it the same (claims’ JSON, a copy of the bytes that are signed, base64url). With another URL each time its parsing, UTF-8 and base64url come on top, as the profile shows.',
  },
  {
    what: 'added to a fetch, stubbed network, p50 ÷ dpop with glue (Chromium, ES256 and Ed25519)',
    target: '≤ 0.70',
    values: (parts) => ['ES256', 'Ed25519'].map((alg) => ratioOf(parts, 'fetch', `Chromium, ${alg}, stubbed network, p50`, 'keybound, protect')),
    isMet: atMost(0.7),
    why: 'More than half of it is the signature. Of the rest, the profile (“Where the time goes”) names garbage, the stub’s Response, the Request and its two headers; there are the waits that an abort ends, too, and the peer’s glue waits for nobody.',
  },
  {
    what: 'the first proof after a reload: time ÷ a bare open, get and signature (ES256; Chromium, Firefox, WebKitGTK)',
    target: 'not measurably more: the spread reaches 1',
    ...notMeasurablyMore((parts) => ['Chromium', 'Firefox', 'WebKitGTK'].map((browser) => parts.cold?.results[`${browser}, ES256, reload`]?.['keybound, createKeybound + proof()'])),
    why: 'Not in Chromium, whose spread is wide. Counted below: it reads what is known of servers beside the key, and tries the key before it is trusted: two signatures, one verification, a second read.',
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
    why: 'The six lines carry the gate for nonces, one key and one refresh for all tabs, clocks, the bounded way through IndexedDB and typed errors: none is optional for who wants a session that holds. Cut out by hand, each alone, IndexedDB and the tabs weigh 0.72 kB, refresh and its locks 0.22, clocks 0.2, the fetch for logins 0.16, streams 0.15, notes of servers without nonces 0.13, the width of the gate 0.12, Bearer origins 0.11, events of challenges 0.1, how a server spells Ed25519 0.09, nonces between tabs 0.08, `reveal` 0.04: without any of them 4.4 kB would remain, still more than 3.5. 0.2 kB went into the speed of proofs.',
  },
  {
    what: 'the verifier: rate ÷ one raw verification, a token seen before (EdDSA, ES256, RS256 + ES256)',
    target: '≥ 0.88',
    values: (parts) => verifier(parts, 'keybound'),
    isMet: atLeast(0.88),
    why: 'Beside the signature a request takes some 16 µs, spread thin: in the profile (“Where the time goes”) it is two hashes and garbage with some 2 % each, and hardly a function takes more.',
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
    why: 'A crowd goes to the thread pool, as with the peers: both wait for the same two cores, and a check of EdDSA is the longest, so that what is beside it weighs least. The other pairs reach it.',
  },
  {
    what: 'the verifier, first sight of a token from a known key ÷ two raw verifications of the proof’s kind',
    target: '≥ 0.85',
    values: (parts) => verifier(parts, 'keybound, new token').map((ratio) => (ratio === undefined ? undefined : 2 * ratio)),
    isMet: atLeast(0.85),
    why: 'Beside the two signatures of EdDSA or ES256 such a request takes 26 to 29 µs. The profile names garbage and JSON with some 3 % each, hashes and base64url with 1 %, and a hundred functions with less.',
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
    what: 'the same: the longest call, growth included, less what the system gave to others (by the clock in brackets)',
    target: '≤ 3 ms',
    values: (parts) => [/less what the system/, /the growth included$/].map((title) => replay(parts, title, (found) => found['keybound spend'].value.median / 1e6)),
    isMet: ([own]) => own <= 3,
    show: ([own, all]) => `${few(own)} ms (${few(all)})`,
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
    ...notMeasurablyMore((parts) => [parts.herd?.results[SENT_ONCE]?.keybound]),
  },
  {
    what: 'a server that never demands nonces, HTTP/1.1 and HTTP/2',
    target: '100',
    values: (parts) => ['HTTP/1.1', 'HTTP/2'].map((protocol) => most(requests(parts, `${protocol}, no nonces`)?.requests)),
    isMet: atMost(100),
    show: (values) => values.join(' / '),
  },
  {
    what: 'the cost of one with a million proofs alive / 100,000 clients (caches sized for them: by default 8 MiB are for some 2,000) / 100 origins ÷ with one',
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
