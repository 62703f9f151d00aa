import { assert } from 'chai';
import * as fc from 'fast-check';
import { createGate, type Gate } from '../../src/client/gate.ts';
import { fakeTimers, type FakeTimers } from '../support/fake-timers.ts';
import { rejection } from './recorder.ts';

const neverAborted = () => new AbortController().signal;
const patienceSeconds = 2;

/** One who wants to leave: `nonce` is there once it has left, and null where it left without one. */
interface Traveller {
  nonce?: string | null;
  readonly left: Promise<unknown>;
}

function send(gate: Gate, signal = neverAborted(), retry?: { readonly nonce?: string }): Traveller {
  const left = gate.enter(signal, retry).then((nonce = null as never) => (traveller.nonce = nonce));
  const traveller: Traveller = { left };
  return traveller;
}

const many = <Result>(count: number, make: () => Result) => Array.from({ length: count }, make);

/** Whatever is decided has happened: promises only, no timers. */
async function settle(): Promise<void> {
  for (let tick = 0; tick < 30; tick += 1) await Promise.resolve();
}

const underWay = (travellers: readonly Traveller[]) => travellers.filter(({ nonce }) => nonce !== undefined).length;

/** An answer to one that was not sent again: it learns, and is through. */
function answered(gate: Gate, { nonce }: Traveller, answer: { readonly nonce?: string | undefined; readonly ok?: boolean } = {}): void {
  gate.learn({ used: nonce ?? undefined, nonce: answer.nonce, challenged: false, ok: answer.ok ?? true, isRetry: false });
  gate.leave();
}

/** A challenge to one that is about to come back. */
function challenged(gate: Gate, { nonce }: Traveller, fresh: string, isRetry = false): Traveller {
  gate.learn({ used: nonce ?? undefined, nonce: fresh, challenged: true, ok: false, isRetry });
  return send(gate, neverAborted(), { nonce: fresh });
}

describe('the gate to a server', () => {
  let timers: FakeTimers;

  beforeEach(() => {
    timers = fakeTimers();
  });

  afterEach(() => timers.restore());

  describe('of which nothing is known', () => {
    it('lets one go ahead; the rest follow with the nonce that it learned', async () => {
      const gate = createGate(false);
      const all = many(5, () => send(gate));
      await settle();
      assert.equal(underWay(all), 1);
      assert.isNull(all[0]!.nonce);
      const again = challenged(gate, all[0]!, 'n1');
      await settle();
      assert.equal(again.nonce, 'n1');
      assert.deepEqual(all.slice(1).map(({ nonce }) => nonce), many(4, () => 'n1'));
    });

    it('lets all follow at once, where the first answer brings no nonce, and lets nobody wait from then on', async () => {
      const gate = createGate(false);
      const all = many(50, () => send(gate));
      await settle();
      answered(gate, all[0]!);
      await settle();
      assert.equal(underWay(all), 50);
      const later = many(50, () => send(gate));
      await settle();
      assert.equal(underWay(later), 50);
      assert.equal(timers.count(), 0);
    });

    it('lets the next one go ahead, where the first one fails', async () => {
      const gate = createGate(false);
      const all = many(3, () => send(gate));
      await settle();
      gate.leave();
      await settle();
      assert.equal(underWay(all), 2);
      gate.leave();
      await settle();
      assert.equal(underWay(all), 3);
    });

    it(`lets all leave after ${patienceSeconds} seconds of silence: one that hangs blocks nobody`, async () => {
      const gate = createGate(false);
      const all = many(10, () => send(gate));
      timers.pass(patienceSeconds - 0.001);
      await settle();
      assert.equal(underWay(all), 1);
      timers.pass(0.001);
      await settle();
      assert.equal(underWay(all), 10);
    });

    it('counts the silence from its beginning: whoever comes later does not make the others wait longer', async () => {
      const gate = createGate(false);
      const all = many(2, () => send(gate));
      for (let second = 0.5; second <= patienceSeconds; second += 0.5) {
        timers.pass(0.5);
        if (second < patienceSeconds) all.push(send(gate));
      }
      await settle();
      assert.equal(underWay(all), all.length);
    });

    it('takes failures for silence: those who wait do not fail one by one, each after its own time', async () => {
      const gate = createGate(false);
      const all = many(20, () => send(gate));
      for (let failures = 0; failures < 4; failures += 1) {
        timers.pass(patienceSeconds / 4);
        gate.leave();
      }
      await settle();
      assert.equal(underWay(all), 20);
    });

    it('lets nobody wait where it is known from an earlier load to demand none', async () => {
      const gate = createGate(true);
      const all = many(100, () => send(gate));
      await settle();
      assert.equal(underWay(all), 100);
      assert.equal(timers.count(), 0);
    });

    it('lets those who wait leave with a nonce that another tab was given', async () => {
      const gate = createGate(false);
      const all = many(3, () => send(gate));
      await settle();
      gate.hear('from another tab');
      await settle();
      assert.deepEqual(all.map(({ nonce }) => nonce), [null, 'from another tab', 'from another tab']);
    });
  });

  describe('and who aborts', () => {
    it('before entering: nothing is taken', async () => {
      const gate = createGate(false);
      assert.equal((await rejection(gate.enter(AbortSignal.abort()))).name, 'AbortError');
      const all = many(2, () => send(gate));
      await settle();
      assert.equal(underWay(all), 1);
    });

    it("while waiting: it is rejected with the signal's own reason, and frees no place that it had not taken", async () => {
      const gate = createGate(false);
      const controllers = many(3, () => new AbortController());
      const first = send(gate);
      const waiting = controllers.map(({ signal }) => rejection(gate.enter(signal)));
      const last = send(gate);
      const reasons = controllers.map((controller, index) => {
        const reason = new Error(`${index}`);
        controller.abort(reason);
        return reason;
      });
      assert.deepEqual(await Promise.all(waiting), reasons);
      assert.equal(underWay([first, last]), 1);
      gate.leave();
      await settle();
      assert.equal(underWay([first, last]), 2);
    });

    it('while waiting to come back: its place is freed once, when it leaves', async () => {
      const gate = createGate(false);
      const [scout, ...others] = many(20, () => send(gate));
      await settle();
      const again = challenged(gate, scout!, 'n1');
      await settle();
      assert.equal(underWay(others), 5, 'six are under way');
      // Challenged twice: the way becomes narrower, and the retry has to wait.
      const controller = new AbortController();
      gate.learn({ used: again.nonce!, nonce: 'n2', challenged: true, ok: false, isRetry: true });
      const back = rejection(gate.enter(controller.signal, { nonce: 'n2' }));
      controller.abort(new Error('enough'));
      assert.equal((await back).message, 'enough');
      gate.leave();
      await settle();
      assert.equal(underWay(others), 5, 'three may be, five are');
      for (const other of others.slice(0, 5)) answered(gate, other);
      await settle();
      assert.isAbove(underWay(others), 5);
    });

    it('after it has left: that is for the request to hear', async () => {
      const gate = createGate(false);
      const controller = new AbortController();
      const first = send(gate, controller.signal);
      await first.left;
      controller.abort();
      const second = send(gate);
      await settle();
      assert.isUndefined(second.nonce);
      gate.leave();
      await settle();
      assert.isNull(second.nonce);
    });

    it('leaves no timer behind where nobody waits any more', async () => {
      const gate = createGate(false);
      const controller = new AbortController();
      send(gate);
      const waiting = rejection(gate.enter(controller.signal));
      controller.abort();
      await waiting;
      answered(gate, { nonce: null, left: Promise.resolve() });
      assert.equal(timers.count(), 0);
    });
  });

  describe('and who comes back', () => {
    it('goes before all who wait, with the nonce of its own challenge', async () => {
      const gate = createGate(false);
      const all = many(20, () => send(gate));
      await settle();
      const again = challenged(gate, all[0]!, 'n1');
      const inside = all.filter(({ nonce }) => nonce === 'n1');
      await settle();
      const challengedToo = challenged(gate, inside[0] ?? all[1]!, 'n2');
      await settle();
      assert.deepEqual([again.nonce, challengedToo.nonce], ['n1', 'n2']);
    });

    it('goes with a newer nonce, where the nonces of the server have proven good for many', async () => {
      const gate = createGate(false);
      const scout = send(gate);
      await settle();
      const again = challenged(gate, scout, 'n1');
      await again.left;
      answered(gate, again);
      const [one, other, slow] = many(3, () => send(gate));
      await settle();
      answered(gate, one!);
      answered(gate, other!, { nonce: 'n2' });
      gate.learn({ used: slow!.nonce!, nonce: 'n3', challenged: true, ok: false, isRetry: false });
      gate.hear('n4');
      const back = send(gate, neverAborted(), { nonce: 'n3' });
      await settle();
      assert.equal(back.nonce, 'n4');
    });

    it('does not take a nonce for good for many, because a server failed before it looked at it', async () => {
      const gate = createGate(false);
      const scout = send(gate);
      await settle();
      const again = challenged(gate, scout, 'n1');
      await again.left;
      answered(gate, again, { ok: false });
      const next = send(gate);
      await settle();
      answered(gate, next);
      const [one, other] = many(2, () => send(gate));
      await settle();
      const back = challenged(gate, one!, 'n2');
      gate.hear('n3');
      const backToo = challenged(gate, other!, 'n4');
      await settle();
      assert.deepEqual([back.nonce, backToo.nonce], ['n2', 'n4']);
    });
  });

  describe('whose nonces are good once', () => {
    /** A gate that has seen `n1` taken and then refused, while `n2`, `n5` and `n6` came along unasked and are unused. */
    async function recognised(): Promise<Gate> {
      const gate = createGate(false);
      const scout = send(gate);
      await settle();
      const again = challenged(gate, scout, 'n1');
      await again.left;
      const [one, other] = many(2, () => send(gate));
      await settle();
      answered(gate, again, { nonce: 'n2' });
      const [back, backToo] = [challenged(gate, one!, 'n3'), challenged(gate, other!, 'n4')];
      await settle();
      assert.deepEqual([back.nonce, backToo.nonce], ['n3', 'n4']);
      answered(gate, back, { nonce: 'n5' });
      answered(gate, backToo, { nonce: 'n6' });
      return gate;
    }

    it('gives each of those that came unasked to one request, and then lets one go at a time', async () => {
      const gate = await recognised();
      const all = many(5, () => send(gate));
      await settle();
      assert.sameMembers(all.slice(0, 3).map(({ nonce }) => nonce), ['n2', 'n5', 'n6']);
      assert.equal(underWay(all), 3);
      answered(gate, all[0]!, { nonce: 'n7' });
      await settle();
      assert.deepEqual(all.slice(3).map(({ nonce }) => nonce), ['n7', undefined]);
    });

    it('tells other tabs of none of them', async () => {
      const gate = await recognised();
      const one = send(gate);
      await settle();
      assert.isFalse(gate.learn({ used: one.nonce!, nonce: 'n7', challenged: false, ok: true, isRetry: false }));
    });

    it('gives none that was used before it was recognised', async () => {
      const gate = createGate(false);
      const scout = send(gate);
      await settle();
      answered(gate, scout, { nonce: 'n1' });
      const [one, other] = many(2, () => send(gate));
      await settle();
      assert.deepEqual([one!.nonce, other!.nonce], ['n1', 'n1']);
      answered(gate, one!, { nonce: 'n2' });
      const back = challenged(gate, other!, 'n3');
      await back.left;
      answered(gate, back);
      const all = many(3, () => send(gate));
      await settle();
      assert.notInclude(all.map(({ nonce }) => nonce), 'n1');
    });

    it('is believed to be no longer so, once a nonce was taken twice', async () => {
      const gate = await recognised();
      for (let answers = 0; answers < 6; answers += 1) {
        const one = send(gate);
        await settle();
        answered(gate, one);
      }
      const all = many(3, () => send(gate));
      await settle();
      assert.equal(underWay(all), 3);
    });
  });

  describe('is as wide as the nonces allow:', () => {
    async function withNonce(): Promise<Gate> {
      const gate = createGate(false);
      const scout = send(gate);
      await settle();
      const again = challenged(gate, scout, 'n1');
      await again.left;
      gate.leave();
      return gate;
    }

    it('six at first, and more with each answer that leaves the nonce as it was', async () => {
      const gate = await withNonce();
      const all = many(60, () => send(gate));
      await settle();
      assert.equal(underWay(all), 6);
      let through = 0;
      for (const traveller of all.slice(0, 12)) {
        await traveller.left;
        answered(gate, traveller);
        through += 1;
      }
      await settle();
      assert.equal(underWay(all) - through, 14);
    });

    it('six again when the nonce changes', async () => {
      const gate = await withNonce();
      const all = many(100, () => send(gate));
      for (const traveller of all.slice(0, 30)) {
        await traveller.left;
        answered(gate, traveller);
      }
      await settle();
      const before = underWay(all);
      assert.isAbove(before - 30, 20);
      answered(gate, all[30]!, { nonce: 'n2' });
      for (const traveller of all.slice(31, before)) answered(gate, traveller, { nonce: 'n2' });
      for (const traveller of all.slice(before)) if (traveller.nonce !== undefined) assert.equal(traveller.nonce, 'n2');
      await settle();
      const now = underWay(all) - before;
      assert.isBelow(now, 30);
    });

    it('half as wide with each request that is challenged twice, and never closed', async () => {
      const gate = await withNonce();
      let back = send(gate);
      await back.left;
      for (let round = 1; round < 20; round += 1) {
        back = challenged(gate, back, `r${round}`, true);
        await back.left;
      }
      const others = many(5, () => send(gate));
      await settle();
      assert.equal(underWay(others), 0);
      gate.leave();
      await settle();
      assert.equal(underWay(others), 1);
    });

    it('as many as there are after two seconds of silence: a server that is slow is not made slower', async () => {
      const gate = await withNonce();
      const all = many(100, () => send(gate));
      await settle();
      assert.equal(underWay(all), 6);
      timers.pass(patienceSeconds);
      await settle();
      assert.equal(underWay(all), 100);
    });
  });

  describe('whatever happens in whatever order', () => {
    /** What becomes of who is under way; what is left over from the random numbers says which one. */
    const fates = ['good', 'good, new nonce', 'challenged', 'other error', 'connection lost', 'aborted while waiting', 'word from another tab', 'another one comes', 'silence'] as const;

    it('lets everyone leave who does not give up, takes back every place, and keeps nobody waiting for ever', async () => {
      const steps = fc.array(fc.tuple(fc.constantFrom(...fates), fc.nat(1000)), { maxLength: 80 });
      await fc.assert(
        fc.asyncProperty(fc.boolean(), fc.integer({ min: 1, max: 30 }), steps, async (isOpen, count, script) => {
          const gate = createGate(isOpen);
          const waiting = new Map<Traveller, AbortController>();
          const inside: (Traveller & { isRetry: boolean })[] = [];
          let nonces = 0;
          const come = (retry?: { readonly nonce: string }) => {
            const controller = new AbortController();
            const traveller = { ...send(gate, controller.signal, retry), isRetry: !!retry };
            waiting.set(traveller, controller);
            traveller.left.then(
              (nonce) => {
                waiting.delete(traveller);
                inside.push(Object.assign(traveller, { nonce: nonce as string | null }));
              },
              () => {
                waiting.delete(traveller);
                // As the send path does: who was inside and gives up while waiting to come back leaves.
                if (traveller.isRetry) gate.leave();
              },
            );
          };
          const pick = <One>(all: One[], at: number) => all.splice(at % all.length, 1)[0]!;
          const step = (fate: (typeof fates)[number], at: number) => {
            if (fate === 'another one comes') return come();
            if (fate === 'word from another tab') return gate.hear(`t${(nonces += 1)}`);
            if (fate === 'silence') return timers.pass(patienceSeconds);
            if (fate === 'aborted while waiting') return [...waiting.values()][at]?.abort(new Error('gave up'));
            if (!inside.length) return undefined;
            const { nonce, isRetry } = pick(inside, at);
            if (fate === 'connection lost') return gate.leave();
            const fresh = fate === 'challenged' || fate === 'good, new nonce' ? `n${(nonces += 1)}` : undefined;
            const isChallenged = fate === 'challenged';
            gate.learn({ used: nonce ?? undefined, nonce: fresh, challenged: isChallenged, ok: fate.startsWith('good'), isRetry });
            return isChallenged ? come({ nonce: fresh! }) : gate.leave();
          };

          for (let one = 0; one < count; one += 1) come();
          await settle();
          for (const [fate, at] of script) {
            step(fate, at);
            await settle();
            assert.isTrue(waiting.size === 0 || inside.length > 0, 'who waits waits for somebody');
          }
          while (inside.length) {
            step('good', 0);
            await settle();
          }
          assert.equal(waiting.size, 0);
          assert.equal(timers.count(), 0);
          // A place too many or too few would show here: nonces that are good once let one go at a time.
          for (let one = 0; one < 2; one += 1) {
            const traveller = send(gate);
            await settle();
            assert.isDefined(traveller.nonce);
            answered(gate, traveller);
          }
        }),
        { numRuns: 300 },
      );
    });

    it('counts places right: after any failures and aborts, one goes ahead, not two and not none', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.constantFrom('comes', 'fails', 'aborts'), { maxLength: 60 }), async (script) => {
          const gate = createGate(false);
          let inside = 0;
          const waiting: AbortController[] = [];
          for (const act of script) {
            if (act === 'comes') {
              const controller = new AbortController();
              waiting.push(controller);
              gate.enter(controller.signal).then(
                () => {
                  inside += 1;
                  waiting.splice(waiting.indexOf(controller), 1);
                },
                () => {},
              );
            }
            if (act === 'fails' && inside) {
              inside -= 1;
              gate.leave();
            }
            if (act === 'aborts') waiting.pop()?.abort();
            await settle();
            assert.equal(inside, inside || waiting.length ? 1 : 0);
          }
        }),
        { numRuns: 200 },
      );
    });

    /**
     * A server that takes and gives nonces as a regime says; when it looks at one, and when its answer arrives, is random.
     * Where nonces grow old, nobody is overtaken by all others again and again, for no client could help that.
     */
    const regimes = {
      'one nonce for good': () => regime(Infinity, false),
      'a new nonce every 5 answers, the last two are good': () => regime(5, false),
      'a new nonce with each answer, the last two are good': () => regime(1, false),
      'a nonce for one request each': () => regime(1, true),
      'no nonces': () => ({ accept: () => true, next: () => undefined }),
    };
    function regime(answersPerNonce: number, isSingleUse: boolean) {
      const given: string[] = [];
      const good = new Set<string>();
      let answers = 0;
      return {
        accept: (nonce: string) => (isSingleUse ? good.delete(nonce) : given.slice(-2).includes(nonce)),
        next: () => {
          if (answers++ % answersPerNonce === 0) given.push(`n${given.length}`);
          good.add(given.at(-1)!);
          return given.at(-1)!;
        },
      };
    }
    for (const [name, create] of Object.entries(regimes)) {
      it(`all 40 reach a server that gives ${name}, and once it is known no nonce that is good once goes to two`, async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(fc.nat(1000), { minLength: 20, maxLength: 200 }), async (picks) => {
            const gate = createGate(false);
            const { accept, next } = create();
            const due: (() => void)[] = [];
            const later = () => new Promise<void>((resolve) => due.push(resolve));
            let recognised = false;
            const taken = new Set<string>();
            let accepted: string | undefined;
            const request = async () => {
              let nonce = await gate.enter(neverAborted());
              for (let attempt = 1; ; attempt += 1) {
                if (recognised && nonce) assert.isFalse(taken.has(nonce), `${nonce} goes to two`);
                if (nonce) taken.add(nonce);
                await later();
                const isGood = accept(nonce!);
                await later();
                const fresh = next();
                recognised ||= name.includes('one request') && !isGood && !!nonce && nonce === accepted;
                if (isGood) accepted = nonce;
                gate.learn({ used: nonce, nonce: fresh, challenged: !isGood, ok: isGood, isRetry: attempt > 1 });
                if (isGood || attempt === 4) {
                  gate.leave();
                  return isGood;
                }
                nonce = await gate.enter(neverAborted(), { nonce: fresh! });
              }
            };
            const all = Promise.all(many(40, request));
            let left = 40;
            void all.then(() => (left = 0), () => (left = 0));
            for (let turn = 0; left; turn += 1) {
              await settle();
              if (!due.length) {
                assert.equal(left, 0, 'somebody waits for nobody');
                break;
              }
              const choice = Math.min(due.length, name.includes('every 5') ? 2 : name.includes('with each') ? 1 : Infinity);
              due.splice(picks[turn % picks.length]! % choice, 1)[0]!();
            }
            assert.notInclude(await all, false);
          }),
          { numRuns: 60 },
        );
      });
    }
  });
});
