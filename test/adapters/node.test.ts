import { assert } from 'chai';
import { fromNode } from '../../src/resource-server.ts';

const read = (url: string, publicUrl: string | URL = 'https://api.example.com') =>
  fromNode({ method: 'GET', url, rawHeaders: [] }, { publicUrl }).url;

describe("Node adapter: a request's URL", () => {
  const targets: [string, string, string][] = [
    ['https://api.example.com', '/orders?page=2', 'https://api.example.com/orders?page=2'],
    ['https://api.example.com/', '/', 'https://api.example.com/'],
    ['https://api.example.com/shop', '/orders', 'https://api.example.com/shop/orders'],
    ['https://api.example.com/shop/', '/orders', 'https://api.example.com/shop/orders'],
    ['https://api.example.com', '//evil.example/x', 'https://api.example.com//evil.example/x'],
    ['https://api.example.com', '/@evil.example', 'https://api.example.com/@evil.example'],
    ['https://api.example.com', '/:80', 'https://api.example.com/:80'],
    ['https://api.example.com', 'http://evil.example/orders?x=1', 'https://api.example.com/orders?x=1'],
    ['https://api.example.com/shop', 'HTTPS://evil.example', 'https://api.example.com/shop/'],
    ['https://api.example.com', 'http://evil.example?x=1', 'https://api.example.com/?x=1'],
  ];
  for (const [base, target, url] of targets) {
    it(`${target} below ${base} is ${url} (RFC 9112 §3.2)`, () => {
      assert.equal(read(target, base), url);
      assert.equal(read(target, new URL(base)), url);
    });
  }

  for (const target of ['', '*', 'api.example.com:443', 'orders', '/orders#x', 'http://evil.example/#', '/a b', '/a\\b', '\\\\evil.example', 'ftp://evil.example/x', '/é']) {
    it(`'${target}' is no target that a proof can be for`, () => {
      assert.equal(read(target), '');
    });
  }

  for (const base of ['', '/shop', 'ftp://api.example.com', 'https://api.example.com/?x', 'https://api.example.com/#x', 'https://a@api.example.com']) {
    it(`the public URL '${base}' is a TypeError`, () => {
      assert.throws(() => read('/orders', base), TypeError, 'publicUrl');
    });
  }

  it('keeps duplicate headers, in their order', () => {
    const { headers } = fromNode({ method: 'GET', url: '/', rawHeaders: ['DPoP', 'a', 'Host', 'evil.example', 'dpop', 'b'] }, { publicUrl: 'https://api.example.com' });
    assert.deepEqual([...headers], [['DPoP', 'a'], ['Host', 'evil.example'], ['dpop', 'b']]);
  });
});
