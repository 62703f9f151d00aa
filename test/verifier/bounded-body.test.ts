import { assert } from 'chai';
import { readBoundedText } from '../../src/verifier/bounded-body.ts';

/** A body in chunks; without end where there is no count. It says how many were asked for, and whether it was let go. */
function stream(chunk: string, count = Infinity) {
  const seen = { pulled: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (seen.pulled >= count) return controller.close();
      seen.pulled += 1;
      controller.enqueue(new TextEncoder().encode(chunk));
    },
    cancel() {
      seen.cancelled = true;
    },
  });
  return { body, seen };
}

describe('bodies up to a limit', () => {
  it('are read to the last byte, and not one byte beyond', async () => {
    assert.equal(await readBoundedText(new Response('x'.repeat(100)), 100), 'x'.repeat(100));
    assert.isUndefined(await readBoundedText(new Response('x'.repeat(101)), 100));
    assert.equal(await readBoundedText(new Response(null), 0), '');
    assert.equal(await readBoundedText(new Request('https://a.example', { method: 'POST', body: 'form' }), 4), 'form');
    assert.isUndefined(await readBoundedText(new Request('https://a.example', { method: 'POST', body: 'form' }), 3));
  });

  it('are counted in bytes, and a letter may stand in two chunks', async () => {
    assert.isUndefined(await readBoundedText(new Response('ü'.repeat(51)), 100));
    const [first, second] = [new Uint8Array([0xc3]), new Uint8Array([0xbc])];
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(first);
        controller.enqueue(second);
        controller.close();
      },
    });
    assert.equal(await readBoundedText(new Response(body), 2), 'ü');
  });

  it('that never end are let go', async () => {
    const { body, seen } = stream('x'.repeat(1000));
    assert.isUndefined(await readBoundedText(new Response(body), 10_000));
    assert.isTrue(seen.cancelled);
    assert.isBelow(seen.pulled, 20);
  });

  it('that say that they are too large are not read at all', async () => {
    const { body, seen } = stream('x', 1);
    assert.isUndefined(await readBoundedText(new Response(body, { headers: { 'content-length': '1001' } }), 1000));
    assert.isTrue(seen.cancelled);
  });

  it('that say that they are small are counted all the same', async () => {
    const { body } = stream('x'.repeat(1000), 10);
    assert.isUndefined(await readBoundedText(new Response(body, { headers: { 'content-length': '5' } }), 1000));
  });

  it('that break off are no text', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) });
    const error = await readBoundedText(new Response(body), 1000).catch((thrown: unknown) => thrown);
    assert.instanceOf(error, Error);
  });
});
