/**
 * How clients of DPoP are known to fail, from reading and running a dozen of them and their issues, and the tests that show
 * that this one does not. The list is checked against the titles, so that it cannot rot.
 */

import { assert } from 'chai';
import { readFileSync } from 'node:fs';

/** File by file, parts of titles as they stand there. */
type Proofs = Readonly<Record<string, readonly string[]>>;

const failures: readonly (readonly [failure: string, proofs: Proofs])[] = [
  // Keys
  ['two calls at once make two keys, in one tab or in two, and the first token is orphaned', {
    keybound: ['gives one instance, whether at once or one after the other'],
    'key-store.browser': ['is one key for eight frames that race to create it', 'is one key for eight frames of which none finds a database yet'],
    'life.browser': ['is one key for four windows without an opener that race for it'],
  }],
  ['a dead or failed connection to IndexedDB is kept, and nothing works until the page is loaded again', {
    'storage.browser': ['is opened anew: no dead connection is kept'],
    keybound: ['tries again where the first call failed'],
    'key-store.browser': ['${what}: the page goes on, and knows'],
  }],
  ['a connection that is never closed blocks deleteDatabase, and later calls hang', {
    'key-store.browser': ['keeps nobody from deleting the database'],
    'storage.browser': ['at any moment is not kept from it: deleteDatabase goes through'],
  }],
  ['IndexedDB that is there and keeps no keys is found out too late', { 'key-store.browser': ['where put throws (CryptoKey cannot be stored)', 'where a key comes back that cannot sign'] }],
  ['the private key is in web storage, extractable, or handed out', {
    'traces.browser': ['leaves no token, no proof, no nonce and no key in localStorage'],
    'key-store.browser': ['cannot be exported or wrapped by script'],
    keybound: ['holds no private key that anybody could find on it'],
    proof: ['are asked for a proof, never for a signature over bytes', 'are made without an extractable key'],
  }],
  ['the key, or a row of it, stays after logout, and they pile up', { 'tabs.browser': ['leaves nothing in IndexedDB, and the next key is a new one'], 'traces.browser': ['leaves no token, no proof'] }],
  ['logout in one tab takes the key from under another, which goes on without proofs', {
    'tabs.browser': ['in one tab ends the key in all: an event, and proofs that reject with destroyed'],
    'life.browser': ['ends requests that wait for an answer or at the gate'],
  }],
  ['a tab goes on signing with a key that it remembers, after a login in another', { 'life.browser': ['is followed into the next login', 'ends in the tabs that still hold the old one'] }],
  ['one session an origin, or one that needs a SharedWorker', { keybound: ['gives another instance with another name'], 'import.node': ['gives a Keybound whose key is in memory'] }],
  ['one algorithm alone, or one name of it, so that servers refuse', {
    proof: ['where servers accept ${'],
    clocks: ['is taken over where it lists one that was not used, once'],
    'clocks.browser': ['is understood after one correction'],
  }],

  // Proofs
  ['query and fragment stay in htu, or a parameter gets there', { proof: ['name the method letter by letter and the URL without query and fragment'], protect: ['the token as DPoP and a proof over it'] }],
  ['htm is in lower case, or POST for a GET whose options name no method', { protect: ['the method as fetch will send it', 'a GET, where init says everything but the method'] }],
  ['jti is guessable', { proof: ['each have an identifier of their own, of 96 random bits or more'] }],
  ['ath is missing, or stale after a refresh', { protect: ['the token as DPoP and a proof over it'], tokens: ['whole, with a proof over the new one'] }],
  ['iat is rounded up, ahead of the clock', { proof: ['claim what they are for and no more: method, URL, time, an identifier'] }],
  ['a DPoP token goes out without a proof', { protect: ['the token as DPoP and a proof over it', 'a bare request where the token is'], tokens: ['is never downgraded by what a server says'] }],
  ['one proof is sent twice, where the network failed: a replay', { protect: ['nothing twice that no challenge asks for'] }],
  ['the nonce is sent as a header', { protect: ['headers in whatever form they come, and of its own two, no third'] }],
  ['a request hangs where signing fails', { protect: ['fails a request alone whose proof cannot be made'] }],
  ['a grant at the token endpoint goes without a proof', { 'authorization-fetch': ['proves possession on a token request', 'knows a POST by init, by Request and in lower case'] }],
  ['a token of another kind, or bound to another key, is used without a word', { protect: ['a token of type ${JSON.stringify(tokenType)}: it is bound to nothing'], tokens: ['to another key is KeyboundError key-lost'] }],

  // Requests
  ['a Request with a body, or a stream, throws at the challenge', { 'requests.browser': ['with ${kind} by ${way} is sent whole before the challenge and after it'], protect: ['come with the whole body again'] }],
  ['a lone Request is never sent again, a POST is not, and the challenge is left to the app', {
    'requests.browser': ['with ${kind} by ${way} is sent whole'],
    'authorization-fetch': ['obeys a nonce challenge: 400 use_dpop_nonce, then the whole body again'],
    protect: ['from a challenge go into the second attempt, whose proof is a new one'],
  }],
  ['fetch(Request, init) drops init, or the Request wins over it', { protect: ['what init says rather than what the Request says'], 'requests.browser': ['with ${kind} by ${way} is sent whole'] }],
  ['init is dropped even where nothing is signed', { 'authorization-fetch': ['passes on untouched, the very arguments and the very answer'], protect: ['a bare request where the token is'] }],
  ['headers are lost where they are Headers', { protect: ['headers in whatever form they come'] }],
  ['a stream is sent again on the retry, empty or broken', { 'requests.browser': ['and is challenged is not sent again', 'is a TypeError before anything is sent, in this browser that cannot send one'] }],
  ['an abort is lost, while queued or with Request and init', { gate: ["while waiting: it is rejected with the signal's own reason"], protect: ['during: the request that is under way hears of it'], 'herd.browser': ['lets those that wait be aborted'] }],
  ['the last Response is thrown away, or rejected as an error, so that nobody can read it', { protect: ['the very Response, whatever its status', 'that are never good end after three retries, with the challenge itself, body and all'] }],
  ['answers are cloned, and the unread copy holds a stream in memory', { protect: ['a body that nobody has read or cloned'] }],
  ['the token goes to any host: an absolute URL, or a path that is one, escapes the base', {
    protect: ['nothing is signed, nothing is sent, no token is asked for'],
    'tabs.browser': ['are resolved as fetch does, by the base of the document'],
    'authorization-fetch': ['signs for no origin off the list, whatever an object says of its URL'],
  }],
  ['a redirect takes the token, or the proof, to another origin', { 'redirects.browser': ['the error names the remedy, and nothing is sent there', 'that fetch follows hands the DPoP header to the other origin'] }],
  ['each 401 or 403 is sent again, because the URL reads otherwise', { protect: ['nothing twice that no challenge asks for', 'a 401 untouched that demands no nonce, though it carries one'] }],

  // Nonces
  ['any error that carries a nonce is taken for a challenge: a refresh token is sent twice', { 'authorization-fetch': ['does not send a token request twice that is answered'] }],
  ['legal spellings of a challenge are missed: beside Bearer, in another case, without quotes', { decide: ['of a resource server is 401 with ${header}'], protect: ['are found in one header beside a Bearer challenge'] }],
  ['a challenge that repeats is answered for ever', { protect: ['that are never good end after three retries', 'that repeat cost one retry'], decide: ['is to return it after three retries'] }],
  ['nonces are kept by path: each URL costs two requests, and storage grows', { protect: ['that rotate at each answer cost no retry: five requests are five', 'are kept for each origin'], 'traces.browser': ['leaves no token, no proof, no nonce'] }],
  ['nonces are learned from a 401 alone, or never kept', { protect: ['are learned from any answer, 200 or error'], 'authorization-fetch': ['the nonce is kept'] }],
  ["the authorization server's nonce is sent to the API", { protect: ['of one origin are never mixed between its roles'], 'herd.browser': ['never mixes the nonces'] }],
  ['a herd at a cold start is challenged one by one', { 'herd.browser': ['of 100 all succeed over ${protocol}'], gate: ['lets one go ahead; the rest follow with the nonce that it learned'] }],
  ['requests queue at a server that demands no nonces', { gate: ['lets nobody wait where it is known from an earlier load to demand none'], 'herd.browser': ['waits for nothing ${again}'] }],
  ['a first request that hangs blocks the origin', { gate: ['one that hangs blocks nobody', 'whoever comes later does not make the others wait longer'], 'herd.browser': ['does not wait for ever for a first one that is never answered'] }],

  // Tokens, clocks, CORS
  ['a refresh token is used twice: by two requests, or by two tabs', { tokens: ['is renewed once for 100 that wait', 'is not renewed where another tab has done it'], 'refresh.browser': ['is renewed once for 50 requests of each'] }],
  ['a wrong clock is never found out, or always', { 'clocks.browser': ['is learned from Date at the cost of one request, and then of none'], clocks: ['costs nothing where it agrees with ours to a few seconds'] }],
  ['a Bearer token is taken where DPoP was expected', { tokens: ['may be of type Bearer there, and nowhere else', 'is never downgraded'] }],
  ['a step-up is not understood', { tokens: ['comes back untouched, its demand read by event'] }],
  ['what CORS hides is a riddle', { 'cors-doctor.browser': ['that a page cannot read ${', 'says what a preflight lacks'] }],
];

describe('each known failure', () => {
  const titles = new Map<string, string>();
  const titlesOf = (name: string) => {
    if (!titles.has(name)) titles.set(name, readFileSync(new URL(`${name}.test.ts`, import.meta.url), 'utf8'));
    return titles.get(name)!;
  };

  for (const [failure, proofs] of failures) {
    it(`has a test: ${failure}`, () => {
      assert.isNotEmpty(Object.values(proofs).flat());
      for (const [name, parts] of Object.entries(proofs)) {
        for (const part of parts) assert.isTrue(titlesOf(name).includes(part), `${name}.test.ts has no test like "${part}"`);
      }
    });
  }
});
