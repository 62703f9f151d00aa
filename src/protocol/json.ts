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
  // Written again without a change, it had no name twice: else the second one would be missing.
  return JSON.stringify(value) === text || !hasDuplicateNames(text) ? value : undefined;
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
