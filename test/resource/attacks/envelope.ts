/** Lines 1 to 20: what the request carries. */

import { ordersUrl } from '../../support/api.ts';
import { authorization, claims, dpop, good, lines, token } from './bend.ts';
import { allow, deny, malformedRequest, type RequestRow } from './row.ts';

const noCredentials = deny(1, 'missing_credentials');
const proofMissing = deny(1, 'proof_missing');

export const envelope: readonly RequestRow[] = [
  { line: 1, name: 'no credentials', clause: 'RFC 6750 §3', send: lines(), verdict: noCredentials },
  { line: 1, name: 'a token in a cookie', clause: 'RFC 6750 §2', send: lines(['Cookie', 'access_token={token}']), verdict: noCredentials },
  { line: 2, name: 'a proof without Authorization', clause: 'RFC 9449 §7.1', send: lines(['DPoP', '{proof}']), verdict: malformedRequest },
  { line: 2, name: 'a proof and Proxy-Authorization', clause: 'RFC 9449 §7.1', send: lines(['Proxy-Authorization', 'DPoP {token}'], ['DPoP', '{proof}']), verdict: malformedRequest },
  { line: 3, name: 'the DPoP scheme without a proof', clause: 'RFC 9449 §7.1', send: lines(['Authorization', 'DPoP {token}']), verdict: proofMissing },
  ...['Basic QWxhZGRpbg==', 'Negotiate {token}', 'DPoP2 {token}', 'DPo {token}', 'constructor {token}', '__proto__ {token}'].map((value): RequestRow => ({
    line: 4, name: `the scheme ${value.split(' ')[0]}`, clause: 'RFC 9110 §11.1', send: authorization(value), verdict: noCredentials,
  })),
  ...['dpop', 'DPOP', 'dPoP'].map((scheme): RequestRow => ({ line: 5, name: `the scheme as ${scheme}`, clause: 'RFC 9110 §11.1', send: { scheme }, verdict: allow })),
  { line: 6, name: 'header names in capitals', clause: 'RFC 9110 §5.1', send: lines(['AUTHORIZATION', 'DPoP {token}'], ['DPOP', '{proof}']), verdict: allow },
  { line: 6, name: 'header names in small letters', clause: 'RFC 9110 §5.1', send: lines(['authorization', 'DPoP {token}'], ['dpop', '{proof}']), verdict: allow },
  { line: 7, name: 'several spaces after the scheme', clause: 'RFC 9110 §11.4', send: authorization('DPoP   {token}'), verdict: allow },
  { line: 7, name: 'a tab after the scheme', clause: 'RFC 9110 §11.4', send: authorization('DPoP\t{token}'), verdict: malformedRequest },
  { line: 7, name: 'a no-break space after the scheme', clause: 'RFC 9110 §11.4', send: authorization('DPoP\u00a0{token}'), verdict: malformedRequest },
  { line: 8, name: 'no token', clause: 'RFC 9110 §11.4', send: authorization('DPoP'), verdict: malformedRequest },
  { line: 8, name: 'an empty token', clause: 'RFC 9110 §11.4', send: authorization('DPoP '), verdict: malformedRequest },
  { line: 8, name: 'an empty Authorization', clause: 'RFC 9110 §11.4', send: authorization(''), verdict: malformedRequest },
  { line: 8, name: 'padding alone', clause: 'RFC 9110 §11.2', send: authorization('DPoP =='), verdict: malformedRequest },
  { line: 9, name: 'three parts', clause: 'RFC 9110 §11.4', send: authorization('DPoP {token} {token}'), verdict: malformedRequest },
  { line: 9, name: 'parameters in place of the token', clause: 'RFC 9110 §11.4', send: authorization('DPoP token="{token}"'), verdict: malformedRequest },
  { line: 10, name: 'two Authorization lines', clause: 'RFC 9110 §5.3', send: lines(good[0]!, ...good), verdict: malformedRequest },
  { line: 10, name: 'two Authorization lines, one in small letters', clause: 'RFC 9110 §5.3', send: lines(['authorization', 'DPoP {token}'], ...good), verdict: malformedRequest },
  { line: 10, name: 'two Authorization lines, one empty', clause: 'RFC 9110 §5.3', send: lines(...good, ['Authorization', '']), verdict: malformedRequest },
  { line: 11, name: 'DPoP and Bearer lines', clause: 'RFC 9449 §7.2', send: lines(...good, ['Authorization', 'Bearer {token}']), verdict: malformedRequest },
  { line: 11, name: 'DPoP and Bearer in one line', clause: 'RFC 9449 §7.2', send: authorization('DPoP {token}, Bearer {token}'), verdict: malformedRequest },
  { line: 11, name: 'Basic and DPoP in one line', clause: 'RFC 9449 §7.2', send: authorization('Basic {token}, DPoP {token}'), verdict: malformedRequest },
  { line: 12, name: 'a token in the query', clause: 'RFC 6750 §2', send: { url: `${ordersUrl}?access_token=abc`, ...lines() }, verdict: malformedRequest },
  { line: 12, name: 'a token in the query, its name escaped', clause: 'RFC 6750 §2', send: { url: `${ordersUrl}?x=1&%61ccess_token=abc`, ...lines() }, verdict: malformedRequest },
  { line: 12, name: 'a token in the query, without a value', clause: 'RFC 6750 §2', send: { url: `${ordersUrl}?access_token`, ...lines() }, verdict: malformedRequest },
  { line: 14, name: 'a token in the header and in the query', clause: 'RFC 6750 §2', send: { url: `${ordersUrl}?access_token=abc` }, verdict: malformedRequest },
  { line: 14, name: 'a parameter of a like name', clause: 'RFC 6750 §2', send: { url: `${ordersUrl}?my_access_token=abc` }, verdict: allow },
  { line: 14, name: 'a question mark and a token in the fragment, which is no query', clause: 'RFC 3986 §3.5', send: { url: `${ordersUrl}#?access_token=abc`, proofParts: { url: ordersUrl } }, verdict: allow },
  { line: 15, name: 'two DPoP lines', clause: 'RFC 9449 §4.3 (1)', send: lines(...good, ['DPoP', '{proof}']), verdict: malformedRequest },
  { line: 15, name: 'two DPoP lines, one empty', clause: 'RFC 9449 §4.3 (1)', send: lines(...good, ['dpop', '']), verdict: malformedRequest },
  { line: 16, name: 'two proofs joined by a comma', clause: 'RFC 9449 §4.3 (1)', send: dpop('{proof}, {proof}'), verdict: malformedRequest },
  { line: 16, name: 'two proofs joined by a bare comma', clause: 'RFC 9449 §4.3 (1)', send: dpop('{proof},{proof}'), verdict: malformedRequest },
  { line: 16, name: 'a proof and a comma', clause: 'RFC 9449 §4.3 (1)', send: dpop('{proof},'), verdict: malformedRequest },
  { line: 17, name: 'an empty DPoP header', clause: 'RFC 9449 §4.1', send: dpop(''), verdict: malformedRequest },
  { line: 18, name: 'a proof above the cap', clause: 'RFC 9449 §11.1', send: claims({ padding: 'x'.repeat(8192) }), verdict: malformedRequest },
  { line: 18, name: 'a proof above a cap of the server\'s own', clause: 'RFC 9449 §11.1', options: { maxProofBytes: 100 }, send: {}, verdict: malformedRequest },
  { line: 18, name: 'a proof of eight kilobytes and a half, where the cap is higher', clause: 'RFC 9449 §11.1', options: { maxProofBytes: 20_000 }, send: claims({ padding: 'x'.repeat(8192) }), verdict: allow },
  { line: 19, name: 'a token above the cap', clause: 'RFC 9110 §5.4', send: token({ padding: 'x'.repeat(16_384) }), verdict: malformedRequest },
  { line: 20, name: 'a quote behind the token', clause: 'RFC 9110 §11.2', send: authorization('DPoP {token}"'), verdict: malformedRequest },
  { line: 20, name: 'a padding sign inside the token', clause: 'RFC 9110 §11.2', send: authorization('DPoP a=b'), verdict: malformedRequest },
  { line: 20, name: 'a NUL behind the token', clause: 'RFC 9110 §5.5', send: authorization('DPoP {token}\u0000'), verdict: malformedRequest },
  { line: 20, name: 'a line break behind the token', clause: 'RFC 9110 §5.5', send: authorization('DPoP {token}\n'), verdict: malformedRequest },
  { line: 20, name: 'a control byte behind the proof', clause: 'RFC 9110 §5.5', send: dpop('{proof}\u0001'), verdict: malformedRequest },
  { line: 20, name: 'a letter beyond ASCII behind the proof', clause: 'RFC 9110 §5.5', send: dpop('{proof}é'), verdict: malformedRequest },
  { line: 20, name: 'a space inside the proof', clause: 'RFC 9449 §4.1', send: dpop('{proof} {proof}'), verdict: malformedRequest },
];
