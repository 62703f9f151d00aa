/** How options are read, in one way by all: whatever cannot work is a TypeError that names the option, when it is given. */

import { isText } from '../protocol/json.ts';

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
  throw new TypeError(`${spell(name, of)} must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`);
}

/** What was given as options; nothing counts as none of them, so that the one that is missing gets named. @throws TypeError where it is no object. */
export function givenOptions<Options extends object>(options: Options): Options {
  const given: unknown = options ?? {};
  if (typeof given === 'object') return given as Options;
  throw new TypeError('options must be an object');
}

/** Reads a function; undefined where none is given. @throws TypeError where it is anything else. */
export function readFunction<Options extends object, Name extends keyof Options & string>(
  options: Options,
  name: Name,
  { of }: Pick<NumberRange, 'of'> = {},
): Options[Name] {
  const value = options[name];
  if (value === undefined || typeof value === 'function') return value;
  throw new TypeError(`${spell(name, of)} must be a function`);
}

/** Reads `nowSeconds`, by default the system's clock. @throws TypeError where it is no function. */
export function readClock(options: { readonly nowSeconds?: (() => number) | undefined }): () => number {
  return readFunction(options, 'nowSeconds') ?? (() => Date.now() / 1000);
}

/** Reads a list of texts that are not empty; the list may be. @throws TypeError where it is none: a lone text, say. */
export function readTexts(list: unknown, option: string): readonly string[] {
  if (Array.isArray(list) && list.every(isText)) return [...list];
  throw new TypeError(`${option} must be a list of texts that are not empty`);
}

/** Reads such a list that has at least one. @throws TypeError where it is none, or empty. */
export function readNames(list: unknown, option: string): readonly string[] {
  const names = readTexts(list, option);
  if (names.length) return names;
  throw new TypeError(`${option} must not be an empty list`);
}

/** Whether something has all of these methods. */
export function hasMethods(value: unknown, ...names: string[]): boolean {
  const given = Object(value) as { readonly [name: string]: unknown };
  return names.every((name) => typeof given[name] === 'function');
}

function spell(name: string, of: string | undefined): string {
  return of === undefined ? name : `${of}.${name}`;
}
