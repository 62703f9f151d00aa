import { assert } from 'chai';
import { shares } from '../../bench/lib/profile.mjs';

const call = (id: number, functionName: string, children: number[] = [], url = 'https://site.example/page.js?visit=1') =>
  ({ id, callFrame: { functionName, url }, children });

describe('bench: a profile, summed up', () => {
  const nodes = [
    call(1, '(root)', [2, 3, 4], ''),
    call(2, '(idle)', [], ''),
    call(3, 'verify', [5, 6]),
    call(4, '(garbage collector)', [], ''),
    call(5, 'verifyOneShot', [7], 'node:internal/crypto/sig'),
    call(6, 'parse', [], ''),
    call(7, 'run', [], ''),
  ];

  it('gives the shares of what takes time, the signature whole, and leaves out what waits', () => {
    const told = shares({ nodes, samples: [2, 3, 5, 7, 6, 4, 2], timeDeltas: [500, 10, 30, 40, 5, 15, 900] });
    assert.deepEqual(Object.entries(told).map(([name, row]) => [name, row['of the time']]), [
      ['the signature', '70.0 %'],
      ['garbage collection', '15.0 %'],
      ['verify, page.js', '10.0 %'],
      ['parse, the platform', '5.0 %'],
    ]);
  });

  it('tells of many functions those that take most, and the others together', () => {
    const many = Array.from({ length: 20 }, (_, index) => call(index + 2, `f${index}`));
    const told = shares({ nodes: [call(1, '(root)', many.map(({ id }) => id), ''), ...many], samples: many.map(({ id }) => id), timeDeltas: many.map((_, index) => (index < 10 ? 9 : 1)) });
    assert.lengthOf(Object.keys(told), 17);
    assert.equal(told['4 others, all together']?.['of the time'], '4.0 %');
  });
});
