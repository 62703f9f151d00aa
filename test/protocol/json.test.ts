import { assert } from 'chai';
import { isJsonObject, parseJsonObject } from '../../src/protocol/json.ts';

describe('JSON objects (RFC 7515 §4)', () => {
  it('are read with all that is in them', () => {
    const value = { a: 1, b: [{ c: null }, 'x', true], d: { e: { f: -0.5 } }, 'g"\\:{}': '"h": {' };
    assert.deepEqual(parseJsonObject(JSON.stringify(value)), value);
    assert.deepEqual(parseJsonObject(JSON.stringify(value, null, 2)), value);
  });

  const repeated = [
    '{"alg":"none","alg":"ES256"}',
    '{"a":1,"b":2,"a":1}',
    '{"a" : 1 , "a"\n:\t2}',
    '{"":1,"":2}',
    '{"cnf":{"jkt":"x","jkt":"y"}}',
    '{"a":[{"b":1},{"b":1,"c":{"d":1,"d":2}}]}',
    '{"a":{"b":{}},"a":1}',
    '{"a":[{}],"b":"}","a":1}',
    '{"\\"":1,"\\"":2}',
    '{"__proto__":1,"__proto__":2}',
  ];
  for (const text of repeated) {
    it(`are refused where a name stands twice: ${text}`, () => {
      assert.isObject(JSON.parse(text));
      assert.isUndefined(parseJsonObject(text));
    });
  }

  for (const text of [String.raw`{"alg":1,"\u0061lg":2}`, String.raw`{"\/":1,"/":2}`, String.raw`{"\u000a":1,"\n":2}`, String.raw`{"\u005c":1,"\\":2}`, String.raw`{"\u0022":1,"\"":2}`, String.raw`{"\uD834\udd1e":1,"𝄞":2}`]) {
    it(`are refused where escapes spell a name that is there already: ${text}`, () => {
      assert.isUndefined(parseJsonObject(text));
    });
  }

  for (const text of ['{"a":{"b":1},"c":{"b":1}}', '{"a":[{"b":1},{"b":1}]}', '{"a":{"a":{"a":1}}}', '{"a":"a","b":["a","a"]}', '{"a":"\\"a\\":1,","b":1}', '{"a":"{","b":{"a":"}"}}', '{"a":1,"A":2}']) {
    it(`are read where a name comes back elsewhere only: ${text}`, () => {
      assert.deepEqual(parseJsonObject(text), JSON.parse(text));
    });
  }

  for (const text of ['', 'null', '[]', '[{}]', '"a"', '1', 'true', '{', '{}{}', '{"a":1,}', "{'a':1}", '{"a":NaN}', '\ufeff{}', '{"a":1}//', 'undefined']) {
    it(`are not ${JSON.stringify(text)}`, () => {
      assert.isUndefined(parseJsonObject(text));
    });
  }

  it('keep a member named __proto__ a member: nothing is inherited from it', () => {
    const value = parseJsonObject('{"__proto__":{"crit":["x"],"typ":"dpop+jwt"}}')!;
    assert.isTrue(Object.hasOwn(value, '__proto__'));
    assert.isFalse('crit' in value);
    assert.isUndefined(value.typ);
  });

  it('are no arrays, no null and no text', () => {
    assert.isTrue(isJsonObject({}));
    for (const value of [null, undefined, [], '', 1, true]) assert.isFalse(isJsonObject(value));
  });

  it('cost linear time, whatever an attacker writes', () => {
    const size = 50_000;
    const texts = [
      `{"a":"${'\\\\'.repeat(size)}"}`,
      `{"a":"x"${' '.repeat(size)},"b":1}`,
      `{${Array.from({ length: 10_000 }, (_, index) => `"${index}":{}`).join()}}`,
      `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`,
      `{"${'a'.repeat(size)}":1,"${'a'.repeat(size)}b":2}`,
    ];
    for (const text of texts) assert.isObject(parseJsonObject(text));
    for (const text of [`{"a${'"'.repeat(size)}`, `{"${'\\'.repeat(size)}`, '{"a":'.repeat(size)]) assert.isUndefined(parseJsonObject(text));
  });
});
