// Holds the promise of size: what the browser SDK adds to a page, dependencies included, and that nothing of a server
// comes along. Needs a build.
import { measureBundle } from './bundle-size.mjs';

const BUNDLES = [
  {
    name: 'createKeybound, fetch, protect',
    maxBrotliBytes: 6840,
    code: `
      import { createKeybound } from 'keybound';
      const keybound = await createKeybound({ authorizationServers: ['https://login.example.com'] });
      const { access_token } = await logIn(keybound.fetch);
      const api = keybound.protect({ origins: ['https://api.example.com'], accessToken: () => access_token });
      const orders = await api('https://api.example.com/orders');`,
  },
  {
    name: 'everything',
    maxBrotliBytes: 7820,
    code: `
      import * as keybound from 'keybound';
      globalThis.keybound = keybound;`,
  },
  {
    name: 'createProof alone',
    maxBrotliBytes: 430,
    code: `
      import { createProof } from 'keybound';
      createProof(signer, request);`,
  },
  {
    // As it is served, to pages without a bundler: it may import nothing at all.
    name: 'keybound.min.js',
    maxBrotliBytes: 7860,
    file: 'dist/keybound.min.js',
  },
];

/** What may be in a bundle for the browser; whatever else is, has bled in. */
const BROWSER_MODULES = [/^dist\/(index|keybound\.min)\.js$/, /^dist\/(client|protocol)\//, /^node_modules\/idb-keyval\//, /^<stdin>$/];

async function check(bundle) {
  const { min, gzip, brotli, modules } = await measureBundle(bundle);
  const bled = modules.filter((path) => !BROWSER_MODULES.some((allowed) => allowed.test(path)));
  const wrongs = bled.map((path) => `${bundle.name}: ${path} has no place in it`);
  if (brotli > bundle.maxBrotliBytes) wrongs.push(`${bundle.name}: ${brotli} bytes are more than ${bundle.maxBrotliBytes}`);
  return { row: { bundle: bundle.name, min, gzip, brotli, limit: bundle.maxBrotliBytes }, wrongs };
}

const results = await Promise.all(BUNDLES.map(check));
console.table(results.map(({ row }) => row));
const wrongs = results.flatMap((result) => result.wrongs);
for (const wrong of wrongs) console.error(wrong);
process.exitCode = wrongs.length > 0 ? 1 : 0;
