/** A function that is often asked the same again. */

/** Keeps what a pure function gave the last time, and gives it again while it is asked the same. */
export function rememberLast<Asked extends string, Given>(compute: (asked: Asked) => Given): (asked: Asked) => Given {
  let last: readonly [asked: Asked, given: Given] | undefined;
  return (asked) => (last = last?.[0] === asked ? last : [asked, compute(asked)])[1];
}
