/** Rows that only bytes can say, through a socket to a real Node server; and that such bytes never bring it down. */

import { assert } from 'chai';
import { ordersUrl, type Api } from '../support/api.ts';
import { startWireServer } from '../support/wire-server.ts';
import { pipelined, wire, wireTitleOf, type WireRow } from './attacks/wire.ts';

async function bytesOf(api: Api, row: WireRow): Promise<string> {
  const accessToken = await api.issueToken();
  const proof = await api.prove({ accessToken, method: row.htm ?? row.method ?? 'GET', url: row.htu ?? ordersUrl });
  const { host = ['Host: api.example.com'], body = '', version = '1.1' } = row;
  const hasLength = row.lines.some((line) => /^(content-length|transfer-encoding)/i.test(line));
  const filledBody = fill(body);
  const length = body && !hasLength ? [`Content-Length: ${filledBody.length}`] : [];
  const head = [`${row.method ?? 'GET'} ${row.target ?? '/orders'} HTTP/${version}`, ...host, 'Connection: close', ...length, ...row.lines];
  function fill(text: string) {
    return text.replaceAll('{token}', accessToken).replaceAll('{proof}', proof);
  }
  return `${head.map(fill).join('\r\n')}\r\n\r\n${filledBody}`;
}

function read(text: string) {
  return { text, status: Number(text.split(' ')[1]), code: /"code":"(\w+)"/.exec(text)?.[1] };
}

describe('attacks on the wire', () => {
  let server: Awaited<ReturnType<typeof startWireServer>>;

  before(async () => {
    server = await startWireServer();
  });
  after(() => server.close());

  for (const row of wire) {
    it(wireTitleOf(row), async () => {
      const { status, code, text } = read(await server.send(await bytesOf(server.api, row)));
      assert.equal(status, row.status, text);
      if (row.code) assert.equal(code, row.code, text);
      if (status === 401) assert.match(text, /^www-authenticate: .*DPoP .*algs="/im, 'RFC 9110 §11.6.1');
    });
  }

  it(pipelined, async () => {
    const request = await bytesOf(server.api, { line: 109, name: '', clause: '', lines: ['Authorization: DPoP {token}', 'DPoP: {proof}'], status: 200 });
    const text = await server.send(request.replace('Connection: close\r\n', '') + request);
    assert.sameMembers([...text.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code), ['ALLOW', 'proof_replayed']);
  });
});
