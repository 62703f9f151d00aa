/** What the demo's buttons come to, wherever its servers run. */

/** What the newest entry says after each button, whatever was pressed before. */
export const verdicts: Record<string, RegExp> = {
  'Log in as Alice': /^ALLOW .*Authorization server/,
  'Steal token': /^DENY proof_key_not_bound_to_token .*Replica A.*Thief.*Step 8 of 10/,
  Replay: /^DENY proof_replayed .*Replica A.*Thief.*Step 10 of 10/,
  'Replay on replica B': /^DENY proof_replayed .*Replica B.*Thief.*Step 10 of 10/,
  'Wrong URL': /^DENY uri_mismatch .*Thief.*Step 4 of 10/,
  'Wrong method': /^DENY method_mismatch .*Thief.*Step 3 of 10/,
  Tamper: /^DENY bad_access_token_signature .*Thief.*Step 6 of 10/,
  'Expired token': /^DENY token_expired .*Step 7 of 10/,
  Revoke: /^DENY token_revoked .*Step 9 of 10/,
  'Reuse nonce': /^DENY bad_or_missing_nonce .*Step 10 of 10/,
  'Legacy validator': /^ALLOW .*Legacy service.*ordinary JWT library/,
  'Export key': /^DENY InvalidAccessError .*The browser.*Hostile script/,
};
