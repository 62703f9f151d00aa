/** How options are read, in one way by all: whatever cannot work is a TypeError that names the option, when it is given. */

/** What a number may be, and what it is where nobody says. */
export interface NumberRange {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
  /** Whether it counts something, so that there is no half of it. Default: false. */
  readonly isWhole?: boolean;
  /** The option that it is a member of. Default: it is one itself. */
  readonly of?: string;
}

/** Reads a number; NaN, which an unset environment variable becomes, is none, nor is a text. @throws TypeError where it is out of range. */
export function readNumber<Name extends string>(options: { readonly [name in Name]?: number }, name: Name, range: NumberRange): number {
  const { fallback, min, max, isWhole = false, of } = range;
  const value: unknown = options[name] ?? fallback;
  if (typeof value === 'number' && value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
  throw new TypeError(`${of ? `${of}.` : ''}${name} must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`);
}
