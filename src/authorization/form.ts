/** The parameters of OAuth requests. */

import { readBoundedText } from '../verifier/bounded-body.ts';
import { Refusal } from './refusal.ts';
import type { Client, Settings } from './settings.ts';

/** Parameters by name, each of them once (RFC 6749 §3.1, §3.2); an empty value counts as absent. */
export type Parameters = Readonly<Record<string, string | undefined>>;

const maxParameters = 64;

/** @throws Refusal where a parameter stands twice, or where there are more than 64. */
export function readParameters(text: URLSearchParams): Parameters {
  const names = [...text.keys()];
  if (names.length > maxParameters) throw new Refusal('invalid_request', 'There are too many parameters');
  if (new Set(names).size < names.length) throw new Refusal('invalid_request', 'A parameter stands twice');
  return Object.fromEntries([...text].filter(([, value]) => value !== ''));
}

/**
 * Reads a POST request's form.
 *
 * @param maxKibibytes how large it may be. Default: 64.
 *
 * @throws Refusal where it is no form, is larger (413), or cannot be read.
 */
export async function readForm(request: Request, maxKibibytes = 64): Promise<Parameters> {
  const [type] = (request.headers.get('content-type') ?? '').split(';');
  if (type!.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    throw new Refusal('invalid_request', 'The body must be application/x-www-form-urlencoded');
  }
  const unreadable = () => new Refusal('invalid_request', 'The body could not be read');
  if (request.bodyUsed) throw unreadable();
  const body = await readBoundedText(request, maxKibibytes * 1024).catch(() => {
    throw unreadable();
  });
  if (body === undefined) throw new Refusal('invalid_request', `The body is larger than ${maxKibibytes} KiB`, { status: 413 });
  return readParameters(new URLSearchParams(body));
}

/** The client that a request names. @throws Refusal where it is unknown. */
export function readClient({ client_id }: Parameters, { clients }: Settings): Client {
  const client = client_id === undefined ? undefined : clients.get(client_id);
  if (!client) throw new Refusal('invalid_client', 'The client is unknown');
  return client;
}
