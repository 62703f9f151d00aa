/**
 * The oracle: what a changed request means, beside the one that it was made of. It reads nothing with the verifier's code.
 *
 * A change is without meaning, and the request must pass, where it touches only what no proof covers: the case of scheme
 * name and header names, further spaces behind the scheme, query and fragment (as long as no token is in the query), other
 * spellings of the same URI (RFC 3986 §6.2.2, §6.2.3), headers of other names, and the order of the lines.
 */

import type { ApiRequest } from '../support/api.ts';
import { referenceForm } from './rfc3986.ts';

/** `same`: it must pass. `different`: it must not. `unclear`: the RFCs leave it open, either will do. */
export type Meaning = 'same' | 'different' | 'unclear';

export function meaningOf(original: ApiRequest, changed: ApiRequest): Meaning {
  if (changed.method !== original.method) return 'different';
  const [proof, ...otherProofs] = valuesOf(changed, 'dpop');
  const [credentials, ...otherCredentials] = valuesOf(changed, 'authorization');
  if (otherProofs.length || otherCredentials.length || proof !== valuesOf(original, 'dpop')[0]) return 'different';
  if (readToken(credentials) !== readToken(valuesOf(original, 'authorization')[0])) return 'different';
  return worse(meaningOfUrl(original.url, changed.url), meaningOfHost(valuesOf(original, 'host'), valuesOf(changed, 'host')));
}

/** What a URL means beside another: the same resource, another one, or no URI at all, which must not pass either. */
export function meaningOfUrl(original: string, changed: string): Meaning {
  if (/[^\x21-\x7e]|\\/.test(changed) || hasToken(changed)) return 'different';
  const form = referenceForm(changed);
  if (form !== undefined) return form === referenceForm(original) ? 'same' : 'different';
  // Characters that belong into no path (RFC 3986 §3.3): as their escapes they may spell the same path.
  const escaped = changed.replace(/^[^?#]*/, (text) => text.replace(/["<>^`{|}[\]]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`));
  return escaped !== changed && referenceForm(escaped) === referenceForm(original) ? 'unclear' : 'different';
}

// The verifier never reads where Host points to; it may refuse one that could bend a URL elsewhere.
function meaningOfHost(original: readonly string[], changed: readonly string[]): Meaning {
  if (changed.length > 1) return 'different';
  return changed.length === 0 || changed[0] === original[0] ? 'same' : 'unclear';
}

const worse = (a: Meaning, b: Meaning): Meaning => (a === 'different' || b === 'different' ? 'different' : a === 'same' ? b : a);

/** What stands in the lines of that name. */
export const valuesOf = ({ headers }: ApiRequest, wanted: string) => headers.filter(([name]) => /^[\x21-\x7e]+$/.test(name) && name.toLowerCase() === wanted).map(([, value]) => value);

/** The token of `DPoP` credentials, whatever the case of the scheme and the number of spaces. */
const readToken = (credentials = '') => /^dpop +([^ ]*)$/is.exec(credentials)?.[1];

/** Whether a query names `access_token`, in any spelling of a form (RFC 6750 §2.3). */
function hasToken(url: string): boolean {
  const query = /^[^?#]*\?([^#]*)/.exec(url)?.[1] ?? '';
  return query.split('&').some((pair) => unescapeForm(pair.split('=')[0]!) === 'access_token');
}

const unescapeForm = (text: string) => text.replace(/%[\da-f]{2}/gi, (escape) => String.fromCharCode(parseInt(escape.slice(1), 16)));
