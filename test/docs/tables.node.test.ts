/** The tables of codes in the documents are complete, and say what the code does. */

import { assert } from 'chai';
import { readDocument } from '../../scripts/docs-samples.mjs';
import { denials } from '../../src/resource/denials.ts';
import { ticketTerms, type TicketDenyCode } from '../../src/resource/ticket-denials.ts';
import type { BindDenyCode } from '../../src/authorization/refusal.ts';
import type { KeyboundErrorCode } from '../../src/index.ts';

/** Rows of tables, cell by cell; a cell that is one piece of code is that code. */
function rowsOf(markdown: string): string[][] {
  const lines = [...markdown.matchAll(/^\| (.+) \|$/gm)];
  return lines.map(([, row]) => row!.split(' | ').map((cell) => /^`([^`]*)`$/.exec(cell)?.[1] ?? cell));
}

function section(document: string, title: string): string {
  const sections = readDocument(document).split(/^(?=#+ )/m);
  const found = sections.find((text) => text.startsWith(`${title}\n`));
  assert.isDefined(found, title);
  return found;
}

// Records, because the compiler sees to it that they are complete.
const bindStatus: Record<BindDenyCode, 400 | 503> = {
  proof_missing: 400, malformed_proof: 400, method_mismatch: 400, uri_mismatch: 400, bad_or_missing_nonce: 400, proof_expired: 400,
  proof_not_yet_valid: 400, proof_token_mismatch: 400, bad_proof_signature: 400, proof_replayed: 400, verifier_unavailable: 503,
};
const ticketStatus: Record<Exclude<TicketDenyCode, 'bearer_downgrade'>, 400 | 401 | 403 | 503> = {
  origin_not_allowed: 403, malformed_request: 400, proof_missing: 401, bad_ticket: 401, malformed_proof: 401, method_mismatch: 401,
  uri_mismatch: 401, proof_expired: 401, proof_not_yet_valid: 401, proof_key_not_bound_to_token: 401, bad_proof_signature: 401,
  proof_replayed: 401, token_expired: 401, token_not_yet_valid: 401, token_revoked: 401, verifier_unavailable: 503,
};
const errorCodes: Record<KeyboundErrorCode, true> = {
  'insecure-context': true, 'no-algorithm': true, 'origin-refused': true, redirected: true, 'token-type': true, destroyed: true, closed: true,
  unavailable: true, refused: true, rate: true, 'key-lost': true, timeout: true, hidden: true,
};

describe('documents: tables', () => {
  it("docs/SPEC.md has the resource server's codes with their HTTP", () => {
    const rows = rowsOf(section('docs/SPEC.md', '## The ten steps')).filter(([, , code = '']) => code in denials);
    const documented = Object.fromEntries(rows.map(([, , code, status, error]) => [code, `${status} ${error}`]));
    const actual = Object.entries(denials).map(([code, { status, error = 'none' }]) => [code, `${status} ${error}`]);
    assert.deepEqual(documented, Object.fromEntries(actual));
  });

  it('docs/SPEC.md has the codes of tickets, with their HTTP', () => {
    const split = (cell = '') => cell.replaceAll('`', '').split(', ');
    const rows = rowsOf(section('docs/SPEC.md', '### Tickets for WebSockets')).filter(([, codes]) => Object.hasOwn(ticketStatus, split(codes)[0]!));
    const documented = rows.flatMap(([, codes, status, errors]) => split(codes).map((code, at) => [code, Number(status), split(errors)[at] ?? split(errors)[0]]));
    const actual = Object.entries(ticketStatus).map(([code, status]) => [code, status, ticketTerms(code as TicketDenyCode).error]);
    const sorted = (list: unknown[][]) => [...new Set(list.map((each) => each.join(' ')))].sort();
    assert.deepEqual(sorted(documented), sorted(actual));
    for (const [code, status] of Object.entries(ticketStatus)) assert.equal(ticketTerms(code as TicketDenyCode).status, status);
  });

  it("docs/SPEC.md has the authorization server's codes", () => {
    const rows = rowsOf(section('docs/SPEC.md', '## Authorization server')).filter(([, code = '']) => code in bindStatus);
    assert.deepEqual(Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)])), bindStatus);
  });

  it("docs/errors.md has the client's codes", () => {
    const rows = rowsOf(section('docs/errors.md', '# Errors of the client')).map(([code = '']) => code);
    const codes = new Set(rows.filter((code) => /^[a-z-]+$/.test(code) && code !== 'code'));
    assert.sameMembers([...codes], Object.keys(errorCodes));
  });
});
