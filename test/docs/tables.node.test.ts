/** The tables of codes in the documents are complete, and say what the code does. */

import { assert } from 'chai';
import { readDocument } from '../../scripts/docs-samples.mjs';
import { denials } from '../../src/resource/denials.ts';
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
