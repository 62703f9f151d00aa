/** What only bytes on a wire can say, sent to Node's own HTTP server through `fromNode`. */

import type { Described, ListedCode } from './row.ts';

/** One request as bytes. {token} and {proof} stand for good ones; the proof is for GET https://api.example.com/orders. */
export interface WireRow extends Described {
  /** Default: GET. */
  readonly method?: string;
  /** The request target as it stands in the request line. Default: /orders. */
  readonly target?: string;
  /** The method, and the URL, that the proof is made for. */
  readonly htm?: string;
  readonly htu?: string;
  /** Everything between the request line and the body. Default Host: the API's own. */
  readonly lines: readonly string[];
  readonly host?: readonly string[];
  readonly version?: string;
  readonly body?: string;
  /** The status; and the code, where it is the verifier that answers and not Node's own parser. */
  readonly status: number;
  readonly code?: ListedCode | 'ALLOW';
}

const auth = 'Authorization: DPoP {token}';
const proof = 'DPoP: {proof}';
const good = [auth, proof];
const malformed = { status: 400, code: 'malformed_request' } as const;
const allow = { status: 200, code: 'ALLOW' } as const;
const uriMismatch = { status: 401, code: 'uri_mismatch' } as const;
const noCredentials = { status: 401, code: 'missing_credentials' } as const;
/** Node's parser answers before any application. */
const byNode = { status: 400 };

export const wire: readonly WireRow[] = [
  { line: 5, name: 'the scheme in capitals', clause: 'RFC 9110 §11.1', lines: ['Authorization: DPOP {token}', proof], ...allow },
  { line: 6, name: 'header names in odd cases', clause: 'RFC 9110 §5.1', lines: ['aUtHoRiZaTiOn: DPoP {token}', 'dPOP: {proof}'], ...allow },
  { line: 7, name: 'three spaces behind the scheme', clause: 'RFC 9110 §11.4', lines: ['Authorization: DPoP   {token}', proof], ...allow },
  { line: 7, name: 'spaces and tabs around the values', clause: 'RFC 9110 §5.5', lines: ['Authorization: \t DPoP {token} \t', 'DPoP:\t {proof}\t '], ...allow },
  { line: 7, name: 'no space behind the colons', clause: 'RFC 9110 §5.5', lines: ['Authorization:DPoP {token}', 'DPoP:{proof}'], ...allow },
  { line: 7, name: 'a tab behind the scheme', clause: 'RFC 9110 §11.4', lines: ['Authorization: DPoP\t{token}', proof], ...malformed },
  { line: 9, name: 'three parts', clause: 'RFC 9110 §11.4', lines: ['Authorization: DPoP {token} {token}', proof], ...malformed },
  { line: 10, name: 'two Authorization lines, of which Node keeps one', clause: 'RFC 9110 §5.3', lines: [auth, auth, proof], ...malformed },
  { line: 10, name: 'two Authorization lines in two cases', clause: 'RFC 9110 §5.3', lines: [auth, 'authorization: DPoP {token}', proof], ...malformed },
  { line: 11, name: 'a Bearer line before the DPoP line', clause: 'RFC 9449 §7.2', lines: ['Authorization: Bearer {token}', auth, proof], ...malformed },
  { line: 11, name: 'a Bearer line behind the DPoP line', clause: 'RFC 9449 §7.2', lines: [auth, 'Authorization: Bearer {token}', proof], ...malformed },
  { line: 12, name: 'a token in the query', clause: 'RFC 6750 §2', target: '/orders?access_token={token}', lines: [proof], ...malformed },
  { line: 12, name: 'a token in the query of an absolute target', clause: 'RFC 6750 §2', target: 'http://api.example.com/orders?access_token={token}', lines: [proof], ...malformed },
  {
    line: 13, name: 'a token in a form body alone', clause: 'RFC 6750 §2.2', method: 'POST', htm: 'POST', body: 'access_token={token}',
    lines: ['Content-Type: application/x-www-form-urlencoded'], ...noCredentials,
  },
  { line: 14, name: 'a token in the header and in the query', clause: 'RFC 6750 §2', target: '/orders?access_token={token}', lines: good, ...malformed },
  { line: 15, name: 'two DPoP lines, which Node joins', clause: 'RFC 9449 §4.3 (1)', lines: [...good, proof], ...malformed },
  { line: 15, name: 'two DPoP lines in two cases', clause: 'RFC 9449 §4.3 (1)', lines: [...good, 'DPOP: {proof}'], ...malformed },
  { line: 15, name: 'two DPoP lines, the first empty', clause: 'RFC 9449 §4.3 (1)', lines: [auth, 'DPoP:', proof], ...malformed },
  { line: 16, name: 'two proofs joined by a comma', clause: 'RFC 9449 §4.3 (1)', lines: [auth, 'DPoP: {proof}, {proof}'], ...malformed },
  { line: 17, name: 'an empty DPoP line', clause: 'RFC 9449 §4.1', lines: [auth, 'DPoP:   '], ...malformed },
  { line: 18, name: 'a proof of nine kilobytes', clause: 'RFC 9449 §11.1', lines: [auth, `DPoP: ${'x'.repeat(9000)}`], ...malformed },
  { line: 18, name: 'a proof of a hundred kilobytes', clause: 'RFC 6585 §5', lines: [auth, `DPoP: ${'x'.repeat(100_000)}`], status: 431 },
  { line: 19, name: 'a token of a hundred kilobytes', clause: 'RFC 6585 §5', lines: [`Authorization: DPoP ${'x'.repeat(100_000)}`, proof], status: 431 },
  { line: 20, name: 'a NUL in the token', clause: 'RFC 9110 §5.5', lines: ['Authorization: DPoP {token}\u0000', proof], ...byNode },
  { line: 20, name: 'a bare carriage return in the proof', clause: 'RFC 9112 §2.2', lines: [auth, 'DPoP: {proof}\rx'], ...byNode },
  { line: 20, name: 'a DEL in the token', clause: 'RFC 9110 §5.5', lines: ['Authorization: DPoP {token}\u007f', proof], ...byNode },
  { line: 20, name: 'a bell in the proof', clause: 'RFC 9110 §5.5', lines: [auth, 'DPoP: {proof}\u0007'], ...byNode },
  { line: 20, name: 'bytes beyond ASCII in the token', clause: 'RFC 9110 §5.5', lines: ['Authorization: DPoP {token}\u00ff', proof], ...malformed },
  { line: 20, name: 'bytes beyond ASCII in the proof', clause: 'RFC 9110 §5.5', lines: [auth, 'DPoP: {proof}\u00e9'], ...malformed },
  { line: 20, name: 'a proof folded over two lines', clause: 'RFC 9112 §5.2', lines: [auth, 'DPoP: {proof}\r\n x'], ...byNode },
  { line: 20, name: 'a token folded over two lines', clause: 'RFC 9112 §5.2', lines: ['Authorization: DPoP\r\n {token}', proof], ...byNode },
  { line: 20, name: 'a space before the colon', clause: 'RFC 9112 §5.1', lines: [auth, 'DPoP : {proof}'], ...byNode },
  { line: 20, name: 'a line without a colon', clause: 'RFC 9112 §5', lines: [...good, 'DPoP'], ...byNode },
  { line: 20, name: 'a header name with a NUL', clause: 'RFC 9110 §5.1', lines: [...good, 'DP\u0000oP: x'], ...byNode },
  { line: 3, name: 'a proof in the trailer of a chunked body', clause: 'RFC 9110 §6.5.1', method: 'POST', htm: 'POST', lines: [auth, 'Transfer-Encoding: chunked', 'Trailer: DPoP'], body: '0\r\nDPoP: {proof}\r\n\r\n', status: 401, code: 'proof_missing' },
  { line: 2, name: 'the token in Proxy-Authorization', clause: 'RFC 9449 §7.1', lines: ['Proxy-Authorization: DPoP {token}', proof], ...malformed },
  { line: 1, name: 'the token in a cookie', clause: 'RFC 6750 §2', lines: ['Cookie: access_token={token}'], ...noCredentials },
  { line: 55, name: 'HEAD with a proof for GET', clause: 'RFC 9110 §9.3.2', method: 'HEAD', htm: 'GET', lines: good, status: 401 },
  { line: 55, name: 'POST with a proof for DELETE and X-HTTP-Method-Override', clause: 'RFC 9449 §4.3 (8)', method: 'POST', htm: 'DELETE', lines: [...good, 'X-HTTP-Method-Override: DELETE', 'Content-Length: 0'], status: 401, code: 'method_mismatch' },
  { line: 56, name: 'the method in small letters', clause: 'RFC 9110 §9.1', method: 'get', htm: 'get', lines: good, ...byNode },
  { line: 62, name: 'a query', clause: 'RFC 9449 §4.3 (9)', target: '/orders?page=2', lines: good, ...allow },
  { line: 65, name: 'an escaped slash in the target', clause: 'RFC 3986 §2.2', target: '/x%2Forders', htu: 'https://api.example.com/x/orders', lines: good, ...uriMismatch },
  { line: 65, name: 'an escaped NUL behind the path', clause: 'RFC 3986 §2.2', target: '/orders%00', lines: good, ...uriMismatch },
  { line: 65, name: 'a percent sign that escapes nothing', clause: 'RFC 3986 §2.1', target: '/orders%', lines: good, ...malformed },
  { line: 66, name: 'dot segments in the target', clause: 'RFC 3986 §6.2.2.3', target: '/x/../orders', lines: good, ...allow },
  { line: 66, name: 'an escaped letter in the target', clause: 'RFC 3986 §6.2.2.2', target: '/%6frders', lines: good, ...allow },
  { line: 67, name: 'a trailing slash in the target', clause: 'RFC 3986 §6.2.3', target: '/orders/', lines: good, ...uriMismatch },
  { line: 69, name: 'a target with a backslash', clause: 'RFC 9112 §3.2.1', target: '/\\evil.example/orders', lines: good, ...malformed },
  { line: 69, name: 'a target with a fragment', clause: 'RFC 9112 §3.2.1', target: '/orders#x', lines: good, ...malformed },
  { line: 69, name: 'a target without its slash', clause: 'RFC 9112 §3.2', target: 'orders', lines: good, ...byNode },
  { line: 69, name: 'a target of bytes beyond ASCII', clause: 'RFC 9112 §3.2', target: '/\u00e9', lines: good, status: 400 },
  { line: 69, name: 'OPTIONS *', clause: 'RFC 9112 §3.2.4', method: 'OPTIONS', htm: 'OPTIONS', target: '*', lines: good, ...malformed },
  ...['api.example.com/orders?', 'api.example.com#', 'api.example.com@evil.example', 'api.example.com\\x', 'a b'].map((host): WireRow => ({
    line: 70, name: `the Host ${host}`, clause: 'RFC 9112 §3.2', host: [`Host: ${host}`], lines: good, ...malformed,
  })),
  { line: 70, name: 'two Host lines', clause: 'RFC 9112 §3.2', host: ['Host: api.example.com', 'Host: evil.example'], lines: good, status: 400 },
  { line: 70, name: 'no Host', clause: 'RFC 9112 §3.2', host: [], lines: good, ...byNode },
  { line: 70, name: 'no Host in HTTP/1.0', clause: 'RFC 9112 §3.2', host: [], version: '1.0', lines: good, ...allow },
  { line: 70, name: 'an empty Host', clause: 'RFC 9112 §3.2', host: ['Host:'], lines: good, ...allow },
  { line: 70, name: 'another Host, which nothing reads', clause: 'RFC 9110 §7.2', host: ['Host: evil.example'], lines: good, ...allow },
  { line: 70, name: 'another Host, and a proof for it', clause: 'RFC 9110 §7.2', host: ['Host: evil.example'], htu: 'https://evil.example/orders', lines: good, ...uriMismatch },
  { line: 70, name: 'an absolute target', clause: 'RFC 9112 §3.2.2', target: 'http://api.example.com/orders', lines: good, ...allow },
  { line: 70, name: 'an absolute target of another host, and a proof for it', clause: 'RFC 9112 §3.2.2', target: 'https://evil.example/orders', htu: 'https://evil.example/orders', lines: good, ...uriMismatch },
  { line: 70, name: 'an absolute target of another host, and a proof for ours: its host is not read', clause: 'RFC 9112 §3.2.2', target: 'https://evil.example/orders', lines: good, ...allow },
  { line: 70, name: 'a target of two slashes, and a proof for its host', clause: 'RFC 9112 §3.2.1', target: '//evil.example/orders', htu: 'https://evil.example/orders', lines: good, ...uriMismatch },
  { line: 70, name: 'a target of two slashes, and a proof for ours', clause: 'RFC 9112 §3.2.1', target: '//api.example.com/orders', lines: good, ...uriMismatch },
  { line: 70, name: 'a target with user information', clause: 'RFC 9110 §4.2.4', target: 'http://api.example.com@evil.example/x', htu: 'https://evil.example/x', lines: good, ...uriMismatch },
  { line: 71, name: 'forwarding headers, which nothing reads', clause: 'RFC 7239 §8', lines: [...good, 'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: http', 'Forwarded: host=evil.example'], ...allow },
  { line: 71, name: 'a proof for what X-Forwarded-Host says', clause: 'RFC 7239 §8', htu: 'https://evil.example/orders', lines: [...good, 'X-Forwarded-Host: evil.example'], ...uriMismatch },
  { line: 71, name: 'a proof for what X-Original-URL says', clause: 'RFC 9449 §4.3 (9)', target: '/public', lines: [...good, 'X-Original-URL: /orders'], ...uriMismatch },
  { line: 101, name: 'the token as Bearer, with its proof', clause: 'RFC 9449 §7.2', lines: ['Authorization: Bearer {token}', proof], status: 401, code: 'bearer_downgrade' },
  { line: 109, name: 'two length headers, to smuggle a second request', clause: 'RFC 9112 §6.3', method: 'POST', htm: 'POST', lines: [...good, 'Content-Length: 4', 'Transfer-Encoding: chunked'], body: '0\r\n\r\n', ...byNode },
];

/** The test of a row that takes two requests. */
export const pipelined = '109: the same request twice on one connection -> one ALLOW and one proof_replayed (RFC 9449 §11.1)';

export const wireTitleOf = ({ line, name, clause, status, code }: WireRow): string =>
  `${line}: ${name} -> ${[status, code].filter(Boolean).join(' ')} (${clause})`;
