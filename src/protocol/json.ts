/** JSON objects as JOSE wants them: no member name twice (RFC 7515 §4, RFC 7519 §4). */

export type JsonObject = { [name: string]: unknown };

/** Whether a value is a JSON object: no array, no null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is text that is not empty. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** The object that a JSON text holds, or undefined where it is no object or names a member twice, at any depth. */
export function parseJsonObject(text: string): JsonObject | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  return namesEachOnce(text, value) || !hasDuplicateNames(text) ? value : undefined;
}

// The quick way, for texts without escapes: each quote in them begins or ends a text. Of a name that came twice, the value
// holds but one, so that quotes are left over.
function namesEachOnce(text: string, value: JsonObject): boolean {
  return !text.includes('\\') && countQuotes(text) === 2 * countTexts(value);
}

function countQuotes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) count += 1;
  return count;
}

function countTexts(value: unknown): number {
  if (typeof value === 'string') return 1;
  if (typeof value !== 'object' || value === null) return 0;
  const members = Object.values(value);
  let count = Array.isArray(value) ? 0 : members.length;
  for (const member of members) count += countTexts(member);
  return count;
}

// The text is known to be valid JSON, so a string followed by a colon is a name, and braces nest.
function hasDuplicateNames(json: string): boolean {
  const open: Set<string>[] = [];
  for (const [token, name] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (name !== undefined) {
      const names = open.at(-1)!;
      const spelled = JSON.parse(name) as string;
      if (names.has(spelled)) return true;
      names.add(spelled);
    }
  }
  return false;
}
