/** Stores in memory have their answers at hand: they promise them like any store, and who knows them need not wait. */

type Answering<Given extends unknown[], Answer> = (...given: Given) => Answer;

const answering = new WeakMap<object, Answering<never, unknown>>();

/** A method that promises its answer, where {@link atOnce} finds the one that gives it. */
export function promised<Given extends unknown[], Answer>(answer: Answering<Given, Answer>): Answering<Given, Promise<Answer>> {
  const method = async (...given: Given) => answer(...given);
  answering.set(method, answer);
  return method;
}

/** What gives the answer of a method at once; undefined for one that has to be waited for. */
export function atOnce<Given extends unknown[], Answer>(method: Answering<Given, Promise<Answer>>): Answering<Given, Answer> | undefined {
  return answering.get(method) as Answering<Given, Answer> | undefined;
}
