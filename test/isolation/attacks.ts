/** The attacks on the key's origin, and what comes of each: the tests mount them, and docs/headers.md shows them. */

import { isolationHeaders } from '../../scripts/isolation-headers.mjs';
import type { Setting } from './origins.ts';
import type { Attack } from './pages/hostile.ts';

/**
 * `kept`: the thief's page has the key, stores it in its own IndexedDB and signs with what comes back. `used`: a page
 * without an origin signs with it, and the signature reaches the thief. `ran`: the thief's script ran in the page. All else
 * names the header or the directive that stopped it first, as the browser reports it.
 */
export type Outcome =
  | 'kept' | 'used' | 'ran' | 'Cross-Origin-Opener-Policy' | 'frame-src' | 'frame-ancestors' | 'object-src' | 'worker-src'
  | 'connect-src' | 'script-src-elem' | 'trusted-types';

export const browserNames = ['Chromium', 'Firefox', 'WebKitGTK'] as const;
export type BrowserName = (typeof browserNames)[number];

/** In all browsers, or by browser where they differ. */
type Outcomes = Outcome | Readonly<Record<BrowserName, Outcome>>;

export interface Row {
  readonly name: string;
  readonly attack: Attack;
  /** Who opens or frames the victim's page; default the user opens it. */
  readonly by?: 'popup' | 'frame';
  /** The attack is mounted before the user clicks. */
  readonly early?: true;
  readonly without: Outcomes;
  readonly with: Outcomes;
}

const coop = 'Cross-Origin-Opener-Policy';

/** Without any of the headers, and with all of them. */
export const rows: readonly Row[] = [
  { name: 'popup of another site', attack: 'popup', without: 'kept', with: coop },
  { name: 'popup that was about:blank before', attack: 'renamed-popup', without: 'kept', with: coop },
  { name: 'MessagePort that a popup of another site was given', attack: 'port', without: 'kept', with: coop },
  { name: 'window of another site that opened this page', attack: 'opener', by: 'popup', without: 'kept', with: coop },
  { name: 'frame of another site in a popup of this origin that lacks the headers', attack: 'bare-popup', without: 'kept', with: coop },
  { name: 'frame of another site', attack: 'frame', without: 'kept', with: 'frame-src' },
  { name: 'frame on another port', attack: 'port-frame', without: 'kept', with: 'frame-src' },
  { name: 'frame of another site in a frame that is about:blank', attack: 'blank-frame', without: 'kept', with: 'frame-src' },
  { name: 'frame of another site in a popup that is a blob: URL', attack: 'blob-popup', without: 'kept', with: 'frame-src' },
  { name: 'frame of another site in a frame of this origin that lacks the headers', attack: 'bare-frame', without: 'kept', with: 'frame-src' },
  { name: 'page of another site that frames this page', attack: 'parent', by: 'frame', without: 'kept', with: 'frame-ancestors' },
  { name: 'object element of another site', attack: 'object', without: 'kept', with: 'trusted-types' },
  { name: 'sandboxed srcdoc frame that sends a signature out', attack: 'sandbox', without: 'used', with: 'trusted-types' },
  { name: 'popup of another site out of a sandboxed srcdoc frame', attack: 'sandbox-popup', early: true, without: 'kept', with: 'trusted-types' },
  { name: 'service worker that answers without the headers', attack: 'service-worker', without: 'kept', with: 'trusted-types' },
  { name: 'script of another site by import()', attack: 'import', without: 'ran', with: 'script-src-elem' },
];

export interface Variant {
  readonly headers: string;
  readonly make: (setting: Setting) => Readonly<Record<string, string>>;
  readonly name: string;
  readonly attack: Attack;
  readonly by?: 'popup' | 'frame';
  readonly early?: true;
  /** Where the victim's script runs; default the page that has the headers. */
  readonly path?: string;
  readonly outcome: Outcomes;
}

/** The headers of a test: the browsers tell the victim's server what they stop. */
export const recipe = ({ victim }: Setting, changes: Readonly<Record<string, string>> = {}, nonce?: string) =>
  isolationHeaders({ ...changes, 'report-uri': `${victim}/reports` }, nonce);

/** https://www.w3.org/TR/CSP3/#multiple-policies: what passes has to pass both. */
function withSecondPolicy(headers: Readonly<Record<string, string>>, policy: string) {
  return { ...headers, 'Content-Security-Policy': `${headers['Content-Security-Policy']}, ${policy}` };
}

const noTrustedTypes = { 'require-trusted-types-for': '', 'trusted-types': '' };

const withoutTrustedTypes = 'the recipe without Trusted Types';

/** Some of the headers, or others: what each is there for, and what is not enough. */
export const variants: readonly Variant[] = [
  {
    headers: 'the policy alone, no `Cross-Origin-Opener-Policy`',
    make: (setting) => ({ ...recipe(setting), [coop]: 'unsafe-none' }),
    name: 'popup of another site', attack: 'popup', outcome: 'kept',
  },
  {
    headers: '`Cross-Origin-Opener-Policy: same-origin-allow-popups`',
    make: (setting) => ({ ...recipe(setting), [coop]: 'same-origin-allow-popups' }),
    name: 'popup of another site', attack: 'popup', outcome: 'kept',
  },
  {
    headers: 'no policy, but cross-origin isolated: `Cross-Origin-Opener-Policy` and `Cross-Origin-Embedder-Policy: require-corp`',
    make: () => ({ [coop]: 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }),
    name: 'frame of another site that agrees to be embedded', attack: 'agreeing-frame', outcome: 'kept',
  },
  {
    headers: 'the recipe, save on one page',
    make: recipe,
    name: 'window of another site that opened that page', attack: 'opener', by: 'popup', path: '/bare-app', outcome: 'kept',
  },
  {
    headers: "the recipe with `frame-src 'self'`, save on one page",
    make: (setting) => recipe(setting, { 'frame-src': "'self'" }),
    name: 'frame of another site in a frame of that page', attack: 'bare-frame', outcome: 'kept',
  },
  {
    headers: "the recipe with `frame-src 'self'` and `frame-ancestors 'self'`, on every page",
    make: (setting) => recipe(setting, { 'frame-src': "'self'", 'frame-ancestors': "'self'" }),
    name: 'frame of another site in a frame of this origin', attack: 'own-frame', outcome: 'frame-src',
  },
  {
    headers: withoutTrustedTypes,
    make: (setting) => recipe(setting, noTrustedTypes),
    name: 'object element of another site', attack: 'object', outcome: 'object-src',
  },
  {
    headers: withoutTrustedTypes,
    make: (setting) => recipe(setting, noTrustedTypes),
    name: 'service worker that answers without the headers', attack: 'service-worker', outcome: 'worker-src',
  },
  {
    headers: withoutTrustedTypes,
    make: (setting) => recipe(setting, noTrustedTypes),
    name: 'sandboxed srcdoc frame that sends a signature out', attack: 'sandbox', outcome: 'connect-src',
  },
  {
    headers: withoutTrustedTypes,
    make: (setting) => recipe(setting, noTrustedTypes),
    name: 'popup of another site out of a sandboxed srcdoc frame', attack: 'sandbox-popup', early: true, outcome: coop,
  },
  {
    headers: 'the recipe without Trusted Types, and `connect-src *`',
    make: (setting) => recipe(setting, { ...noTrustedTypes, 'connect-src': '*' }),
    name: 'sandboxed srcdoc frame that sends a signature out', attack: 'sandbox', outcome: 'used',
  },
  {
    headers: "the recipe without `trusted-types 'none'`: the script makes a policy of its own",
    make: (setting) => recipe(setting, { 'trusted-types': '' }),
    name: 'sandboxed srcdoc frame that sends a signature out', attack: 'sandbox', outcome: 'connect-src',
  },
  {
    headers: "the recipe without Trusted Types, and `worker-src 'self'`",
    make: (setting) => recipe(setting, { ...noTrustedTypes, 'worker-src': "'self'" }),
    name: 'service worker that answers without the headers', attack: 'service-worker', outcome: 'kept',
  },
  {
    headers: "`script-src 'nonce-…' 'strict-dynamic'` in place of `'self'`",
    make: (setting) => recipe(setting, { 'script-src': `'nonce-${setting.nonce}' 'strict-dynamic'` }),
    name: 'script of another site by import()', attack: 'import', outcome: 'ran',
  },
  {
    headers: "the recipe, and `script-src 'nonce-…' 'strict-dynamic'` as a second policy",
    make: (setting) => withSecondPolicy(recipe(setting), `script-src 'nonce-${setting.nonce}' 'strict-dynamic'`),
    name: 'script of another site by import()', attack: 'import',
    outcome: { Chromium: 'script-src-elem', Firefox: 'script-src-elem', WebKitGTK: 'ran' },
  },
  {
    headers: 'the recipe with a nonce',
    make: (setting) => recipe(setting, {}, setting.nonce),
    name: 'script of another site by import()', attack: 'import', outcome: 'script-src-elem',
  },
  {
    headers: 'the recipe with a nonce',
    make: (setting) => recipe(setting, {}, setting.nonce),
    name: 'script of this origin by import(), which is to run', attack: 'own-import', outcome: 'ran',
  },
];

/** What a row expects in one browser. */
export const outcomeIn = (outcomes: Outcomes, browser: BrowserName): Outcome => (typeof outcomes === 'string' ? outcomes : outcomes[browser]);
