/**
 * Script in the page hands the key to another origin: for real, in three browsers, without headers, with those of
 * scripts/isolation-headers.mjs, and with some of them. What comes of it is a table in docs/headers.md.
 */

import { assert } from 'chai';
import { wantedBrowsers } from '../../scripts/browsers/launchers.mjs';
import { mustHaveAll } from '../../scripts/browsers/install.mjs';
import { browserNames, outcomeIn, recipe, rows, variants, type BrowserName, type Outcome, type Row } from '../isolation/attacks.ts';
import { openPlace, type Place, type Setting } from '../isolation/origins.ts';
import { visitors, type Visitor } from '../isolation/visitors.ts';

type Mounted = Pick<Row, 'attack' | 'by' | 'early'> & { readonly path?: string };

const wanted = browserNames.filter((browser) => wantedBrowsers().includes(browser === 'WebKitGTK' ? 'webkit' : browser.toLowerCase()));

const arrivals: readonly Outcome[] = ['kept', 'used', 'ran'];

describe('key isolation', () => {
  const running = new Map<BrowserName, Visitor>();

  before(async () => {
    for (const browser of wanted) {
      const visitor = await visitors[browser]();
      if (visitor) running.set(browser, visitor);
      else if (mustHaveAll()) throw new Error(`${browser} is missing: see scripts/browsers/find.mjs`);
    }
  });
  after(async () => void (await Promise.all([...running.values()].map((visitor) => visitor.stop()))));

  for (const browser of wanted) {
    const attack = (title: string, mounted: Mounted, headers: (setting: Setting) => Readonly<Record<string, string>>, expected: Outcome) =>
      it(`${title}: ${browser}`, async function () {
        const visitor = running.get(browser);
        if (!visitor) return this.skip();
        const place = await openPlace(headers);
        try {
          await mount(visitor, place, mounted);
          assert.equal(await outcomeOf(place, expected), expected);
          if (!arrivals.includes(expected)) await assertEmptyHanded(place);
        } finally {
          await visitor.leave();
          await place.close();
        }
      });

    for (const row of rows) {
      attack(`${row.name}, without the recipe`, row, () => ({}), outcomeIn(row.without, browser));
      attack(`${row.name}, with the recipe`, row, recipe, outcomeIn(row.with, browser));
    }
    for (const variant of variants) attack(`${variant.name}, with ${variant.headers}`, variant, variant.make, outcomeIn(variant.outcome, browser));
  }
});

/** Brings the user to the page, and waits until the attack has come to its end. */
async function mount(visitor: Visitor, { board, victim, thief }: Place, { attack, by, early, path = '/' }: Mounted): Promise<void> {
  const page = `${victim}${path}?attack=${attack}${by || early ? '&at-once' : ''}`;
  await visitor.visit(by ? `${thief}/?as=${by}&victim=${encodeURIComponent(page)}` : page);
  const { name } = await board.first([by ? 'listening' : 'armed', 'report']);
  if (by !== 'frame' && name !== 'report') await visitor.click();
}

/** What comes of it: the key arrives and signs, or something stops it. */
async function outcomeOf({ board }: Place, expected: Outcome): Promise<Outcome> {
  const challenge = crypto.randomUUID();
  board.tell('challenge', challenge);
  const { name, value } = await board.first(arrivals.includes(expected) ? ['signed', 'ran'] : ['signed', 'ran', 'report', 'severed']);
  switch (name) {
    case 'signed':
      return verified(value as Signed, challenge, await board.told<App>('app'));
    case 'report':
      return value as Outcome;
    case 'severed':
      return 'Cross-Origin-Opener-Policy';
    default:
      return 'ran';
  }
}

interface App {
  readonly publicJwk: JsonWebKey;
  readonly persistence: string;
}

interface Signed {
  readonly signature: readonly number[];
  readonly kept: boolean;
}

/** The thief's signature over what the test had asked for, by the key of the victim's Keybound. */
async function verified({ signature, kept }: Signed, challenge: string, { publicJwk, persistence }: App): Promise<Outcome> {
  assert.equal(persistence, 'indexeddb');
  const algorithm = publicJwk.kty === 'OKP' ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('jwk', publicJwk, algorithm, false, ['verify']);
  const bytes = new TextEncoder().encode(challenge);
  assert.isTrue(await crypto.subtle.verify(algorithm, key, new Uint8Array(signature), bytes), 'the signature is by the victim’s key');
  return kept ? 'kept' : 'used';
}

/** Asked last, the thief's page has nothing, and no window to get it from. Where it never came up, there is nobody to ask. */
async function assertEmptyHanded({ board }: Place): Promise<void> {
  board.tell('last-call', true);
  if (board.has('listening')) assert.deepEqual((await board.first(['left-with'])).value, { key: false, opener: false });
  assert.isFalse(board.has('signed'), 'the thief signed');
}
