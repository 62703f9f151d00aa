import { assert } from 'chai';
import { KeyboundError, SignerError } from '../../src/index.ts';

describe('errors', () => {
  it('say their code, what they are about, and what lay beneath', () => {
    const cause = new Error('beneath');
    const error = new KeyboundError('redirected', 'https://api.example.com/', { cause });
    assert.instanceOf(error, Error);
    assert.deepInclude(error, { name: 'KeyboundError', code: 'redirected', cause });
    assert.equal(error.message, 'redirected: https://api.example.com/');
    assert.equal(new KeyboundError('destroyed').message, 'destroyed');
    assert.notProperty(new KeyboundError('destroyed'), 'cause');
  });

  it('of signers are Keybound errors with a name of their own', () => {
    const error = new SignerError('rate');
    assert.instanceOf(error, KeyboundError);
    assert.deepInclude(error, { name: 'SignerError', code: 'rate' });
  });
});
