import { assert } from 'chai';
import { forwardedUrl, fromNode, guardFetch, type ForwardedUrlOptions } from '../../src/resource-server.ts';
import { createApi } from '../support/api.ts';

const publicUrls = ['https://a.example', 'https://b.example/shop', 'http://localhost:8080'];

const read = (headers: [string, string][], options: Partial<ForwardedUrlOptions> = {}, url = '/orders?page=2') =>
  forwardedUrl({ publicUrls, trustedHops: 1, ...options })({ method: 'GET', url, headers })?.href;

const x = (proto: string, host: string): [string, string][] => [['X-Forwarded-Proto', proto], ['X-Forwarded-Host', host]];
const forwarded = (...values: string[]) => values.map((value): [string, string] => ['Forwarded', value]);

const ofA = 'https://a.example/orders?page=2';
const ofB = 'https://b.example/shop/orders?page=2';

describe('forwarded URL: X-Forwarded-Proto and X-Forwarded-Host', () => {
  const told: [string, [string, string][], Partial<ForwardedUrlOptions>, string][] = [
    ['one host', x('https', 'a.example'), {}, ofA],
    ['another one, whose path is kept as a prefix', x('https', 'b.example'), {}, ofB],
    ['a port', x('http', 'localhost:8080'), {}, 'http://localhost:8080/orders?page=2'],
    ['capitals, and the default port', x('HTTPS', 'A.Example:443'), {}, ofA],
    ['header names in small letters, and spaces', [['x-forwarded-host', ' a.example '], ['x-forwarded-proto', 'https ']], {}, ofA],
    ['what a caller has put to the left of it', x('http, https', 'b.example, a.example'), {}, ofA],
    ['what a caller has sent as a line of its own, before', [...x('http', 'evil.example'), ...x('https', 'a.example')], {}, ofA],
    ['the outermost of two proxies', x('https,http', 'a.example, inner.local'), { trustedHops: 2 }, ofA],
    ['the outermost of two proxies, right of what the caller wrote', x('ftp,https,http', 'b.example,a.example,inner.local'), { trustedHops: 2 }, ofA],
    ['one proxy, whatever the Forwarded header says', [...x('https', 'a.example'), ...forwarded('host=b.example;proto=https')], {}, ofA],
  ];
  for (const [what, headers, options, url] of told) {
    it(`tell ${what}`, () => assert.equal(read(headers, options), url));
  }

  const refused: [string, [string, string][], Partial<ForwardedUrlOptions>?][] = [
    ['no header at all', []],
    ['no host', [['X-Forwarded-Proto', 'https']]],
    ['no scheme', [['X-Forwarded-Host', 'a.example']]],
    ['Host alone', [['Host', 'a.example'], ['X-Forwarded-Proto', 'https']]],
    ['Forwarded alone, which nobody asked for', forwarded('host=a.example;proto=https')],
    ['a host that is not listed', x('https', 'evil.example')],
    ['a good host left of a bad one', x('https', 'a.example, evil.example')],
    ['a good line before a bad one', [...x('https', 'a.example'), ['X-Forwarded-Host', 'evil.example']]],
    ['the other scheme', x('http', 'a.example')],
    ['another port', x('https', 'a.example:8443')],
    ['a subdomain', x('https', 'x.a.example')],
    ['a final dot', x('https', 'a.example.')],
    ['a list that is too short', x('https', 'a.example'), { trustedHops: 2 }],
    ['a list of schemes that is too short', x('https', 'a.example, inner.local'), { trustedHops: 2 }],
    ['an empty entry', x('https', 'a.example,')],
    ['an empty value', x('https', '')],
    ['user information', x('https', 'alice@a.example')],
    ['our host as user information', x('https', 'a.example@evil.example')],
    ['a path', x('https', 'a.example/admin')],
    ['a query', x('https', 'a.example?')],
    ['a fragment', x('https', 'a.example#')],
    ['a backslash', x('https', 'a.example\\')],
    ['quotes', x('https', '"a.example"')],
    ['a space inside', x('https', 'a.example evil.example')],
    ['an escaped letter', x('https', '%61.example')],
    ['full-width letters', x('https', 'ａ.example')],
    ['a port that is none', x('https', 'a.example:99999')],
    ['a scheme with its colon', x('https:', 'a.example')],
    ['a whole URL', x('https', 'https://a.example')],
    ['several hosts separated by a semicolon', x('https', 'a.example;b.example')],
  ];
  for (const [what, headers, options] of refused) {
    it(`${what}: no URL`, () => assert.isUndefined(read(headers, options)));
  }
});

describe('forwarded URL: Forwarded (RFC 7239)', () => {
  const header = 'forwarded' as const;
  const told: [string, [string, string][], string, number?][] = [
    ['one host', forwarded('for=192.0.2.1;host=a.example;proto=https'), ofA],
    ['names in any case, in any order, values in quotes', forwarded('Proto="https";By=_x;Host="a.example:443"'), ofA],
    ['escapes in quotes', forwarded('host="a\\.example";proto=https'), ofA],
    ['commas and semicolons in quotes', forwarded('for="_a,;host=b.example";host=a.example;proto=https'), ofA],
    ['what a caller has put to the left of it', forwarded('host=b.example;proto=https, host=a.example;proto=https'), ofA],
    ['what a caller has sent as a line of its own', forwarded('host=b.example;proto=https', 'host=a.example;proto=https'), ofA],
    ['one host, behind what a proxy adds to nothing (RFC 9110 §5.6.1)', forwarded(', host=a.example;proto=https'), ofA],
    ['the outermost of two proxies, empty elements between', forwarded('host=a.example;proto=https,, host=b.example;proto=https'), ofA, 2],
    ['the outermost of two proxies', forwarded('host=evil.example, host=b.example;proto=https , host=a.example;proto=http'), ofB, 2],
  ];
  for (const [what, headers, url, trustedHops = 1] of told) {
    it(`tells ${what}`, () => assert.equal(read(headers, { header, trustedHops }), url));
  }

  const refused: [string, [string, string][], number?][] = [
    ['X-Forwarded alone', x('https', 'a.example')],
    ['no host', forwarded('proto=https')],
    ['no scheme', forwarded('host=a.example')],
    ['the host in another element than the scheme', forwarded('host=a.example, proto=https')],
    ['a host twice in one element (§4)', forwarded('host=b.example;host=a.example;proto=https')],
    ['a list that is too short', forwarded('host=a.example;proto=https'), 2],
    ['a quote that a caller has left open', forwarded('for="', 'for=_x;host=a.example;proto=https')],
    ['a quote that a caller has left open and a proxy closes', forwarded('host=b.example;proto=https;for="', 'for="[2001:db8::1]";host=a.example;proto=https')],
    ['an escape at the end of a quote', forwarded('for="\\', 'for="_x";host=a.example;proto=https')],
    ['an element without a value', forwarded('evil, host=a.example;proto=https')],
    ['an empty element at the end', forwarded('host=a.example;proto=https,')],
    ['an empty pair', forwarded('host=a.example;;proto=https')],
    ['a host with a path in quotes', forwarded('host="a.example/admin";proto=https')],
    ['user information in quotes', forwarded('host="alice@a.example";proto=https')],
    ['nothing', forwarded('')],
  ];
  for (const [what, headers, trustedHops = 1] of refused) {
    it(`${what}: no URL`, () => assert.isUndefined(read(headers, { header, trustedHops })));
  }

  it('is read in linear time', () => {
    const started = performance.now();
    for (const piece of ['a="', 'a=b;', 'a=b, ', '\t', 'a="\\', ',', 'a=b,,,', 'a=b\t', '=']) assert.isUndefined(read(forwarded(piece.repeat(100_000)), { header }));
    assert.isBelow(performance.now() - started, 2000);
  });
});

describe('forwarded URL: the request', () => {
  const headers = x('https', 'b.example');

  for (const [url, path] of [
    ['//evil.example/x', '/shop//evil.example/x'], ['http://inner.local:8080/orders?x=1', '/shop/orders?x=1'], ['/@evil.example', '/shop/@evil.example'],
  ]) {
    it(`${url} gives path and query alone`, () => assert.equal(read(headers, {}, url), `https://b.example${path}`));
  }

  for (const url of ['', '*', 'orders', '/a b', '/é', '/#x']) {
    it(`'${url}' is no target`, () => assert.isUndefined(read(headers, {}, url)));
  }

  const proofFor = 'https://b.example/shop/orders';
  const publicUrl = forwardedUrl({ publicUrls, trustedHops: 1 });

  it('is verified by what the proxy says: the right host passes, others are uri_mismatch, none is malformed_request', async () => {
    const api = await createApi({ publicUrl });
    const send = async (more: [string, string][]) => {
      const { headers: credentials } = await api.request({ url: proofFor });
      return api.verify({ method: 'GET', url: 'http://inner.local/orders', headers: [...credentials, ...more] });
    };
    assert.isTrue((await send(headers)).ok);
    assert.deepInclude(await send(x('https', 'a.example')), { step: 4, code: 'uri_mismatch' });
    assert.deepInclude(await send(x('https', 'b.example, evil.example')), { step: 1, code: 'malformed_request', status: 400 });
    assert.deepInclude(await send([]), { step: 1, code: 'malformed_request', status: 400 });
  });

  it('is the same through guardFetch', async () => {
    const api = await createApi({ publicUrl });
    const guarded = guardFetch({ verify: api.verify }, (request) => Response.json({ of: request.keybound.claims.sub }));
    const send = async (more: [string, string][]) => {
      const { headers: credentials } = await api.request({ url: proofFor });
      return guarded(new Request('http://inner.local/orders', { headers: [...credentials, ...more] }));
    };
    assert.equal((await send(headers)).status, 200);
    assert.equal((await send([])).status, 400);
  });

  it('is the same through fromNode, which keeps the lines of a header apart', async () => {
    const message = (...rawHeaders: string[]) => fromNode({ method: 'GET', url: '/cut', originalUrl: '/orders', rawHeaders }, { publicUrl });
    assert.equal(message('X-Forwarded-Host', 'evil.example', 'x-forwarded-proto', 'https', 'x-forwarded-host', 'b.example').url, proofFor);
    assert.equal(message('X-Forwarded-Host', 'b.example', 'X-Forwarded-Host', 'evil.example', 'X-Forwarded-Proto', 'https').url, '');
    const api = await createApi();
    assert.deepInclude(await api.verify(message() as never), { step: 1, code: 'malformed_request' });
  });
});

describe('forwarded URL: options', () => {
  const good: ForwardedUrlOptions = { publicUrls, trustedHops: 1 };
  const mistakes: [string, object | undefined, string][] = [
    ['no options', undefined, 'publicUrls'],
    ['no URLs', { publicUrls: [] }, 'publicUrls'],
    ['one URL, bare', { publicUrls: 'https://a.example' }, 'publicUrls'],
    ['a URL with a query', { publicUrls: ['https://a.example/?x'] }, 'publicUrls[]'],
    ['a URL of another scheme', { publicUrls: ['ftp://a.example'] }, 'publicUrls[]'],
    ['one origin twice', { publicUrls: ['https://a.example', 'https://A.example:443/shop'] }, 'twice'],
    ['no number of hops', { trustedHops: undefined }, 'trustedHops'],
    ['no hop', { trustedHops: 0 }, 'trustedHops'],
    ['hops in a text', { trustedHops: '1' }, 'trustedHops'],
    ['half a hop', { trustedHops: 1.5 }, 'trustedHops'],
    ['another header', { header: 'x-original-host' }, 'header'],
  ];
  for (const [mistake, options, named] of mistakes) {
    it(`${mistake} is a TypeError`, () => {
      assert.throws(() => forwardedUrl((options && { ...good, ...options }) as ForwardedUrlOptions), TypeError, named);
    });
  }
});
