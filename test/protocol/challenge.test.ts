import { assert } from 'chai';
import { formatChallenge, parseChallenges } from '../../src/protocol/challenge.ts';

describe('WWW-Authenticate, read (RFC 9110 §11.6.1)', () => {
  const dpop = { scheme: 'dpop', params: { error: 'use_dpop_nonce' } };
  const bearer = { scheme: 'bearer', params: {} };

  const cases: [string, string, { scheme: string; params: Record<string, string> }[]][] = [
    ['one challenge', 'DPoP error="use_dpop_nonce"', [dpop]],
    ['a scheme alone', 'Bearer', [bearer]],
    ['schemes alone', 'Bearer, DPoP', [bearer, { scheme: 'dpop', params: {} }]],
    ['a scheme before a challenge', 'Bearer, DPoP error="use_dpop_nonce"', [bearer, dpop]],
    ['a scheme behind a challenge', 'DPoP error="use_dpop_nonce", Bearer', [dpop, bearer]],
    [
      'several challenges of several parameters in one header',
      'Bearer realm="a", error="invalid_token", DPoP algs="ES256 Ed25519", error="use_dpop_nonce", Basic realm="b"',
      [
        { scheme: 'bearer', params: { realm: 'a', error: 'invalid_token' } },
        { scheme: 'dpop', params: { algs: 'ES256 Ed25519', error: 'use_dpop_nonce' } },
        { scheme: 'basic', params: { realm: 'b' } },
      ],
    ],
    [
      'the example of RFC 9110 §11.6.1',
      'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
      [
        { scheme: 'basic', params: { realm: 'simple' } },
        { scheme: 'newauth', params: { realm: 'apps', type: '1', title: 'Login to "apps"' } },
      ],
    ],
    ['tokens as values', 'DPoP error=use_dpop_nonce,algs=ES256', [{ scheme: 'dpop', params: { error: 'use_dpop_nonce', algs: 'ES256' } }]],
    ['odd case', 'dPoP ERROR="use_dpop_nonce"', [dpop]],
    ['odd spacing', ' \t DPoP   error \t= \t"use_dpop_nonce"  ', [dpop]],
    ['no space at commas', 'Bearer realm="a",DPoP error="use_dpop_nonce"', [{ scheme: 'bearer', params: { realm: 'a' } }, dpop]],
    ['empty list elements (RFC 9110 §5.6.1)', ' , ,, Bearer , ,, DPoP error="use_dpop_nonce" , ,', [bearer, dpop]],
    ['a comma between parameters with spaces about', 'DPoP error="use_dpop_nonce" , realm="a"', [{ scheme: 'dpop', params: { error: 'use_dpop_nonce', realm: 'a' } }]],
    ['commas, equal signs and schemes in a quoted string', 'Bearer realm="a, DPoP error=x, b", error="c=d"', [{ scheme: 'bearer', params: { realm: 'a, DPoP error=x, b', error: 'c=d' } }]],
    ['escapes in a quoted string (RFC 9110 §5.6.4)', String.raw`Bearer realm="a\"b\\c\d"`, [{ scheme: 'bearer', params: { realm: 'a"b\\cd' } }]],
    ['an empty quoted string', 'DPoP error=""', [{ scheme: 'dpop', params: { error: '' } }]],
    ['a quoted string of an escaped quote alone', String.raw`DPoP error="\""`, [{ scheme: 'dpop', params: { error: '"' } }]],
    ['the first of a parameter that stands twice (RFC 9110 §11.2 forbids it)', 'DPoP error="a", ERROR="b", error="use_dpop_nonce"', [{ scheme: 'dpop', params: { error: 'a' } }]],
    ['the same scheme twice', 'DPoP error="a", DPoP error="b"', [{ scheme: 'dpop', params: { error: 'a' } }, { scheme: 'dpop', params: { error: 'b' } }]],
  ];
  for (const [what, header, expected] of cases) {
    it(`holds ${what}: ${JSON.stringify(header)}`, () => {
      assert.deepEqual(parseChallenges(header), expected);
    });
  }

  for (const token68 of ['YII', 'YII=', 'YII==', 'a+b/c-d_e.f~g', 'TlRMTVNTUAAC=', 'dpop=', 'DPoP']) {
    it(`holds the challenge behind a token68 ${token68} (RFC 9110 §11.2)`, () => {
      assert.deepInclude(parseChallenges(`Negotiate ${token68}, DPoP error="use_dpop_nonce"`), dpop);
      assert.deepInclude(parseChallenges(`Negotiate ${token68} , DPoP error="use_dpop_nonce"`), dpop);
      assert.deepEqual(parseChallenges(`Negotiate ${token68}`).map(({ scheme }) => scheme), ['negotiate']);
      assert.deepEqual(parseChallenges(`DPoP error="use_dpop_nonce", Negotiate ${token68}`)[0], dpop);
    });
  }

  for (const header of [null, '', ' ', ',', ' , ,', '"', '"DPoP error"', '=', '="x"', '= DPoP error="x"', '"x", DPoP error="x"']) {
    it(`holds no challenge: ${JSON.stringify(header)}`, () => {
      assert.deepEqual(parseChallenges(header), []);
    });
  }

  for (const look of ['Bearer error="use_dpop_nonce"', 'Bearer realm="DPoP error=\\"use_dpop_nonce\\""', 'Bearer realm="x\\", DPoP error=\\"use_dpop_nonce"', 'Bearer DPoP error="use_dpop_nonce"', 'DPoP, Bearer error="use_dpop_nonce"', 'Bearer realm="DPoP, DPoP error=use_dpop_nonce', 'DPoP-like error="use_dpop_nonce"', 'DPoP error="not use_dpop_nonce"', 'DPoP error_description="use_dpop_nonce"', 'DPoP realm="a" error "use_dpop_nonce"']) {
    it(`is not fooled by what looks like a nonce challenge: ${look}`, () => {
      assert.isFalse(parseChallenges(look).some(({ scheme, params }) => scheme === 'dpop' && params.error === 'use_dpop_nonce'));
    });
  }

  it('leaves out what follows a syntax error, and keeps what came before', () => {
    for (const broken of [', Bearer realm="open', ', Bearer "x", realm=y', ' = , Bearer']) {
      assert.deepInclude(parseChallenges(`DPoP error="use_dpop_nonce"${broken}`), dpop, broken);
    }
  });

  it('knows no parameter that the header does not carry, whatever objects inherit', () => {
    const [challenge] = parseChallenges('DPoP constructor="a", toString="b", __proto__="c", hasOwnProperty=d');
    assert.deepEqual(Object.entries(challenge!.params), [['constructor', 'a'], ['tostring', 'b'], ['__proto__', 'c'], ['hasownproperty', 'd']]);
    const [empty] = parseChallenges('DPoP');
    for (const name of ['constructor', 'toString', '__proto__', 'valueOf']) assert.isUndefined(empty!.params[name], name);
  });

  it('costs linear time, whatever a hostile server writes', () => {
    const size = 100_000;
    for (const part of [' ', ',', '"', '\\', '\\"', '=', 'a', 'a=', 'a="', 'a=",', 'a ', 'a, ', 'a= ', 'a =', '"\\', 'a="b" ', ', a="\\"', 'a\t \t', ' ,= ']) {
      const long = part.repeat(size / part.length);
      for (const header of [long, `DPoP ${long}`, `DPoP error="${long}`, `DPoP error="${long}"`, `DPoP error=${long}=`, `DPoP a${long}=`]) parseChallenges(header);
    }
    const [challenge] = parseChallenges(`DPoP error="${'\\a'.repeat(size)}", x=y`);
    assert.equal(challenge!.params.error!.length, size);
    assert.equal(challenge!.params.x, 'y');
  });
});

describe('WWW-Authenticate, written', () => {
  it('is a scheme and quoted strings, in the order given (RFC 9449 §7.1)', () => {
    assert.equal(formatChallenge('DPoP', { error: 'use_dpop_nonce', algs: 'ES256 Ed25519' }), 'DPoP error="use_dpop_nonce", algs="ES256 Ed25519"');
  });

  it('is the scheme alone where nothing is to be said (RFC 6750 §3.1: no error without credentials)', () => {
    assert.equal(formatChallenge('DPoP', {}), 'DPoP');
  });

  it('lets no value end its string', () => {
    const header = formatChallenge('Bearer', { error_description: 'x", DPoP error="use_dpop_nonce' });
    assert.deepEqual(parseChallenges(header), [{ scheme: 'bearer', params: { error_description: 'x", DPoP error="use_dpop_nonce' } }]);
  });

  for (const value of ['', 'a', 'a b', 'a, b', '"', '\\', '\\"', '"\\', '\\\\', 'a="b", c', '==', ' ', '\t']) {
    it(`goes there and back with ${JSON.stringify(value)}, alone and beside others`, () => {
      const challenges: { scheme: string; params: Record<string, string> }[] = [
        { scheme: 'dpop', params: { error: value, algs: 'ES256' } },
        { scheme: 'bearer', params: {} },
        { scheme: 'basic', params: { realm: value } },
      ];
      const header = challenges.map(({ scheme, params }) => formatChallenge(scheme, params)).join(', ');
      assert.deepEqual(parseChallenges(header), challenges);
      assert.deepEqual(parseChallenges(new Headers({ 'WWW-Authenticate': header }).get('WWW-Authenticate')), challenges);
    });
  }
});
