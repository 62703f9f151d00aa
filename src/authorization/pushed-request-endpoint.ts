/** The pushed authorization request endpoint (RFC 9126 §2), with both ways to name a key (RFC 9449 §10.1). */

import { findProblem, readRedirect } from './authorization-request.ts';
import { checkProof, type CheckedProof } from './bind.ts';
import { readClient, readForm, type Parameters } from './form.ts';
import { keepRequest } from './pushed-request.ts';
import { Refusal } from './refusal.ts';
import type { Settings } from './settings.ts';

// As much as a URL could carry: it is kept for whoever sends it, before anybody has logged in.
const maxKibibytes = 8;

/**
 * Answers a pushed authorization request: 201 with a `request_uri`.
 *
 * @throws Refusal, and what the stores reject with.
 */
export async function pushedRequestEndpoint(request: Request, settings: Settings, headers: Headers): Promise<Response> {
  const form = await readForm(request, maxKibibytes);
  readClient(form, settings);
  if (form.request_uri !== undefined) throw new Refusal('invalid_request', 'A request URI cannot be pushed');
  readRedirect(form, settings.clients);
  const problem = findProblem(form);
  if (problem) throw new Refusal(problem.error, problem.error_description);
  const proof = await findProof(request, form, { settings, headers });
  const kept = await keepRequest({ ...form, dpop_jkt: proof?.jkt ?? form.dpop_jkt }, settings);
  // Nobody needs a login to come here: as many proofs are written down as there is room for requests.
  await proof?.claim();
  return Response.json(kept, { status: 201, headers });
}

// A proof is no duty here. Where there is one it must be good, and its key is the one that may redeem the code.
async function findProof(
  { method, headers: received }: Request,
  { dpop_jkt }: Parameters,
  { settings, headers }: { readonly settings: Settings; readonly headers: Headers },
): Promise<CheckedProof | undefined> {
  if (!received.has('dpop')) return undefined;
  const proof = await checkProof({ method, url: settings.endpoints.pushedRequest, headers: received }, settings, headers);
  if (dpop_jkt !== undefined && dpop_jkt !== proof.jkt) {
    throw new Refusal('invalid_dpop_proof', 'dpop_jkt names another key than the DPoP proof');
  }
  return proof;
}
