// Bytes that an app takes on, by door and by feature, dependencies included, beside its peers' own entries. What an
// optional part adds is the difference of two builds, and the one without it must have no module of it.
import { fileURLToPath } from 'node:url';
import { measureBundle } from '../../scripts/bundle-size.mjs';

const BENCH = fileURLToPath(new URL('..', import.meta.url));

const use = (door, ...names) => `import { ${names.join(', ')} } from '${door}'; globalThis.used = [${names.join(', ')}];`;
const all = (door) => `import * as all from '${door}'; globalThis.used = all;`;
const glue = (client) => ({ code: use(`./peers/${client}.mjs`, 'open'), folder: BENCH });
const peer = (name, ...names) => ({ code: use(name, ...names), folder: BENCH });

const SIX_LINES = {
  code: `
    import { createKeybound } from 'keybound';
    const keybound = await createKeybound({ authorizationServers: ['https://login.example.com'] });
    const { access_token } = await logIn(keybound.fetch);
    const api = keybound.protect({ origins: ['https://api.example.com'], accessToken: () => access_token });
    const orders = await api('https://api.example.com/orders');`,
};

/** Clients with a key that is kept and a retry after a nonce, where nothing else is said. */
const PAGE = {
  'keybound: createProof alone': { code: use('keybound', 'createProof') },
  'keybound: createProof and createSigner, no persistence': { code: use('keybound', 'createProof', 'createSigner') },
  'keybound: the six lines': SIX_LINES,
  'keybound: everything': { code: all('keybound') },
  'keybound.min.js, one file': { file: 'dist/keybound.min.js' },
  'dpop + idb-keyval + glue': glue('dpop'),
  'oauth4webapi + idb-keyval + glue': glue('oauth4webapi'),
  'jose + idb-keyval + glue': glue('jose'),
  'oidc-client-ts: UserManager and its key store, login included': peer('oidc-client-ts', 'UserManager', 'IndexedDbDPoPStore'),
  'auth0-spa-js: Auth0Client, login included': peer('@auth0/auth0-spa-js', 'Auth0Client'),
  'atproto: its key and its fetch alone, by their paths, no persistence': {
    code: `${use('@atproto/jwk-webcrypto', 'WebcryptoKey')} ${use('./node_modules/@atproto/oauth-client/dist/fetch-dpop.js', 'dpopFetchWrapper')}`,
    folder: BENCH,
  },
  'atproto: BrowserOAuthClient, login included': peer('@atproto/oauth-client-browser', 'BrowserOAuthClient'),
  'idb-keyval: get and set': peer('idb-keyval', 'get', 'set'),
};

const server = (code) => ({ code, platform: 'node' });
const RESOURCE_SERVER = ['keybound/resource-server', 'createResourceServer', 'memoryReplayStore'];
const AUTHORIZATION_SERVER = ['keybound/authorization-server', 'createAuthorizationServer', 'memoryReplayStore'];

/** Measured with jose, and again with jose left to be imported; MSW is always the app's own. */
const SERVER = {
  'resource-server: createResourceServer': server(use(...RESOURCE_SERVER)),
  'resource-server: everything': server(all('keybound/resource-server')),
  'authorization-server: createAuthorizationServer': server(use(...AUTHORIZATION_SERVER)),
  'authorization-server: everything': server(all('keybound/authorization-server')),
  'redis: everything': server(all('keybound/redis')),
  'msw: everything, MSW apart': { code: all('keybound/msw'), external: ['msw'] },
  'oauth4webapi: validateJwtAccessToken': { ...peer('oauth4webapi', 'validateJwtAccessToken'), platform: 'node' },
  'express-oauth2-jwt-bearer: auth': { ...peer('express-oauth2-jwt-bearer', 'auth'), platform: 'node' },
};

const added = (name) => ({ code: `${SIX_LINES.code}\n${use('keybound', name)}` });
const addedTo = (title, [door, ...names], parts) =>
  Object.fromEntries(Object.entries(parts).map(([name, path]) => [
    `${title} + ${name}`,
    { without: server(use(door, ...names)), with: server(use(door, ...names, name)), module: `dist/${path}.js` },
  ]));

/** What an app may leave out, and the module that is then not there. */
const OPTIONAL = {
  'six lines + corsDoctor': { without: SIX_LINES, with: added('corsDoctor'), module: 'dist/client/cors-doctor.js' },
  'six lines + printEvents': { without: SIX_LINES, with: added('printEvents'), module: 'dist/client/print-events.js' },
  // Their module is in the six lines, for it is what signs there; the two differ in one function each.
  'six lines + createProof': { without: SIX_LINES, with: added('createProof') },
  'six lines + createSigner': { without: SIX_LINES, with: added('createSigner') },
  'createProof + createKeybound': {
    without: PAGE['keybound: createProof alone'],
    with: { code: use('keybound', 'createProof', 'createKeybound') },
    module: 'dist/client/keybound.js',
  },
  ...addedTo('resource-server', RESOURCE_SERVER, {
    createCors: 'resource/cors', createTickets: 'resource/tickets', forwardedUrl: 'resource/forwarded-url', refuseFormToken: 'resource/form-token',
    memoryRevocation: 'stores/memory-revocation', mirroredRevocation: 'stores/mirrored-revocation',
    guardNode: 'adapters/node', guardFetch: 'adapters/web',
  }),
  ...addedTo('authorization-server', AUTHORIZATION_SERVER, { memoryRevocation: 'stores/memory-revocation' }),
};

const inBytes = ({ min, gzip, brotli }) => ({ min, gzip, brotli });

async function measureOptional(name, { without, with: complete, module }) {
  const [bare, whole] = await Promise.all([measureBundle(without), measureBundle(complete)]);
  if (module && bare.modules.includes(module)) throw new Error(`${name}: ${module} is there without it`);
  if (module && !whole.modules.includes(module)) throw new Error(`${name}: ${module} is not there with it`);
  return Object.fromEntries(['min', 'gzip', 'brotli'].map((form) => [form, whole[form] - bare[form]]));
}

async function table(entries, measure, tell) {
  const rows = [];
  for (const [name, entry] of Object.entries(entries)) {
    rows.push([name, await measure(name, entry)]);
    tell(name);
  }
  return Object.fromEntries(rows);
}

/** @param {{ progress: (text: string) => void }} terms the same bytes each time: there are no rounds, and nothing to scale */
export async function run({ progress }) {
  const whole = async (name, entry) => inBytes(await measureBundle(entry));
  const joseApart = async (name, entry) => inBytes(await measureBundle({ ...entry, external: ['jose', ...(entry.external ?? [])] }));
  return {
    results: {},
    counts: {
      'bytes for a page': await table(PAGE, whole, progress),
      'bytes for a server': await table(SERVER, whole, progress),
      'bytes for a server, jose apart': await table(SERVER, joseApart, progress),
      'bytes that a part adds': await table(OPTIONAL, measureOptional, progress),
    },
  };
}
