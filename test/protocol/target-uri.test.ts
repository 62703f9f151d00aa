import { assert } from 'chai';
import { normaliseTargetUri, targetUri } from '../../src/protocol/target-uri.ts';

describe('the target URI that a proof carries (RFC 9449 §4.2)', () => {
  const cases: [string, string][] = [
    ['https://api.example.com/orders?page=2#top', 'https://api.example.com/orders'],
    ['https://api.example.com', 'https://api.example.com/'],
    ['https://api.example.com?q', 'https://api.example.com/'],
    ['https://api.example.com#f', 'https://api.example.com/'],
    ['HTTPS://API.Example.COM:443/Orders', 'https://api.example.com/Orders'],
    ['http://localhost:80/', 'http://localhost/'],
    ['https://api.example.com:8443/', 'https://api.example.com:8443/'],
    ['https://api.example.com/a/../b/./c', 'https://api.example.com/b/c'],
    ['https://api.example.com/a%2Fb%2fc', 'https://api.example.com/a%2Fb%2fc'],
    ['https://api.example.com/%7Ejohn/a b', 'https://api.example.com/%7Ejohn/a%20b'],
    ['https://api.example.com/orders/', 'https://api.example.com/orders/'],
    ['https://api.example.com//orders//', 'https://api.example.com//orders//'],
    ['https://bücher.example/ü', 'https://xn--bcher-kva.example/%C3%BC'],
    ['https://[2001:DB8::0:1]:443/', 'https://[2001:db8::1]/'],
    ['https://user:secret@api.example.com/', 'https://api.example.com/'],
  ];
  for (const [url, htu] of cases) {
    it(`of ${url} is ${htu}`, () => {
      assert.equal(targetUri(url), htu);
      assert.equal(targetUri(new URL(url)), htu);
    });
  }

  for (const url of ['', '/orders', 'orders', '//api.example.com/', 'https://']) {
    it(`does not exist for ${JSON.stringify(url)}, which is not absolute`, () => {
      assert.throws(() => targetUri(url), TypeError);
    });
  }

  it('normalises to the same as the URL that goes on the wire', () => {
    for (const [url] of cases.slice(0, -1)) assert.equal(normaliseTargetUri(targetUri(url)), normaliseTargetUri(new URL(url).href));
  });
});

describe('target URIs in comparison (RFC 9449 §4.3 (9), RFC 3986 §6.2.2, §6.2.3)', () => {
  const same: [string, string, string][] = [
    ['case of scheme and host (§6.2.2.1)', 'HTTPS://API.EXAMPLE.COM/a', 'https://api.example.com/a'],
    ['case of percent-encodings (§6.2.2.1)', 'https://api.example.com/%c3%a9%2f', 'https://api.example.com/%C3%A9%2F'],
    ['unreserved characters encoded (§6.2.2.2)', 'https://api.example.com/%7E%61%5A%30%2D%2e%5f', 'https://api.example.com/~aZ0-._'],
    ['dot segments (§6.2.2.3)', 'https://api.example.com/x/../a/./b/..', 'https://api.example.com/a/'],
    ['a dot segment behind a name that begins with a dot, which Node 20 leaves', 'https://api.example.com/x/.b/.', 'https://api.example.com/x/.b/'],
    ['dot segments encoded', 'https://api.example.com/x/%2e%2E/a/%2e/b', 'https://api.example.com/a/b'],
    ['dot segments above the root', 'https://api.example.com/../../a', 'https://api.example.com/a'],
    ['the default port of https (§6.2.3)', 'https://api.example.com:443/a', 'https://api.example.com/a'],
    ['the default port of http (§6.2.3)', 'http://localhost:80/a', 'http://localhost/a'],
    ['an empty port (§6.2.3)', 'https://api.example.com:/a', 'https://api.example.com/a'],
    ['an empty path (§6.2.3)', 'https://api.example.com', 'https://api.example.com/'],
    ['an empty path before a query', 'https://api.example.com?q=1', 'https://api.example.com/'],
    ['the query', 'https://api.example.com/a?b=c/../d@e', 'https://api.example.com/a'],
    ['the fragment', 'https://api.example.com/a#b?c', 'https://api.example.com/a'],
    ['the spelling of an IPv6 address', 'https://[2001:DB8:0:0::1]:443/', 'https://[2001:db8::1]/'],
    ['a host percent-encoded', 'https://%61pi.example.com/', 'https://api.example.com/'],
    ['punycode in capitals', 'https://XN--BCHER-KVA.example/', 'https://xn--bcher-kva.example/'],
  ];
  for (const [what, left, right] of same) {
    it(`are the same but for ${what}`, () => {
      assert.equal(normaliseTargetUri(left), normaliseTargetUri(right));
      assert.isDefined(normaliseTargetUri(left));
    });
  }

  const different: [string, string, string][] = [
    ['the scheme', 'http://localhost/a', 'https://localhost/a'],
    ['the host', 'https://api.example.com/', 'https://api.example.net/'],
    ['a final dot of the host', 'https://api.example.com./', 'https://api.example.com/'],
    ['the port', 'https://api.example.com:8443/', 'https://api.example.com/'],
    ['the default port of the other scheme', 'https://api.example.com:80/', 'https://api.example.com/'],
    ['case in the path (§6.2.2.1)', 'https://api.example.com/A', 'https://api.example.com/a'],
    ['a final slash', 'https://api.example.com/a/', 'https://api.example.com/a'],
    ['a doubled slash', 'https://api.example.com//a', 'https://api.example.com/a'],
    ['an encoded slash, which is data (§2.2)', 'https://api.example.com/a%2Fb', 'https://api.example.com/a/b'],
    ['an encoded reserved character', 'https://api.example.com/a%3Bb', 'https://api.example.com/a;b'],
    ['an encoded question mark', 'https://api.example.com/a%3Fb', 'https://api.example.com/a?b'],
    ['an encoded number sign', 'https://api.example.com/a%23b', 'https://api.example.com/a#b'],
    ['what is encoded twice', 'https://api.example.com/%2541', 'https://api.example.com/%41'],
    ['dots that an encoded slash holds together', 'https://api.example.com/a/..%2Fb', 'https://api.example.com/b'],
  ];
  for (const [what, left, right] of different) {
    it(`differ by ${what}`, () => {
      assert.notEqual(normaliseTargetUri(left), normaliseTargetUri(right));
      assert.isDefined(normaliseTargetUri(left));
      assert.isDefined(normaliseTargetUri(right));
    });
  }

  for (const userinfo of ['user@', 'user:secret@', ':@', '@', 'user:@', '%40@', 'api.example.com@', 'a@b@']) {
    it(`may hold no user information (${userinfo}): it is refused, not stripped`, () => {
      assert.isUndefined(normaliseTargetUri(`https://${userinfo}api.example.com/`));
    });
  }

  it('may hold an @ in path, query and fragment', () => {
    for (const rest of ['/@alice', '?to=@', '#@']) assert.isDefined(normaliseTargetUri(`https://api.example.com${rest}`), rest);
  });

  const host = 'api.example.com/a';
  const forgiven = [
    '', '/a', 'a', `//${host}`, `https:${host}`, `https:/${host}`, `https:///${host}`, `https:////${host}`, `https:\\\\${host}`, `https:/\\${host}`,
    ` https://${host}`, `https://${host} `, `\nhttps://${host}`, `https://${host}\n`, `ht\ttps://${host}`, `https://\t${host}`, `https://\n${host}`,
    'https://api.exa\nmple.com/a', 'https://api.example.com/\ta', 'https://api.example.com\\a', 'https://api.example.com/a\\b', 'https://api.example.com/a b',
    'https://api.example.com/ü', 'https://bücher.example/', 'https://ünder.example/', 'https://\u00adapi.example.com/', `https://api.example.com/\u0000`, `https://${host}\u007f`,
    'https://api.example.com/100%', 'https://api.example.com/%zz', 'https://api.example.com/%%341', 'https://api.example.com/%4%31?%41',
    'https://api%C2%AD.example.com/', 'https://%EF%BD%81pi.example.com/', 'https://b%C3%BCcher.example/',
    'https://', 'https://?', 'https://#', 'https://:443/', 'https://[::1', 'https://[::1::]/', 'https://a..%00/', 'https://api.example.com:99999/', 'https://api.example.com:x/',
    `ftp://${host}`, `wss://${host}`, `file:///a`, 'data:,a', `blob:https://${host}`, 'javascript:0', `https//${host}`, 'null', '*',
  ];
  for (const uri of forgiven) {
    it(`are absolute http(s) URIs, in ASCII as RFC 3986 spells them: not ${JSON.stringify(uri)}`, () => {
      assert.isUndefined(normaliseTargetUri(uri));
    });
  }

  it('normalise once and for all', () => {
    for (const [, left] of [...same, ...different]) assert.equal(normaliseTargetUri(normaliseTargetUri(left)!), normaliseTargetUri(left));
  });

  it('cost linear time, whatever an attacker writes', () => {
    const size = 100_000;
    for (const part of ['/..', '%7e', '@', '/', '%', ':', '/%2e%2e', '[']) {
      normaliseTargetUri(`https://${part.repeat(size / part.length)}`);
      normaliseTargetUri(`https://a/${part.repeat(size / part.length)}\\`);
      normaliseTargetUri(`https://a/${part.repeat(size / part.length)}`);
    }
  });
});
