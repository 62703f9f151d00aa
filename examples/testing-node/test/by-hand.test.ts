import { createProof, createSigner } from 'keybound';
import { mockServers } from 'keybound/msw';
import { expect, test } from 'vitest';

const api = 'https://api.example.com';

test('a client that signs by hand is told of its mistakes', async () => {
  const servers = await mockServers({ issuer: 'https://login.example.com', replicas: [api], nonces: 'none', onMistake: () => {} });
  const signer = await createSigner();
  const { accessToken } = await servers.authorizationServer.issue({ sub: 'alice', clientId: 'spa', jkt: await signer.thumbprint() });
  const proof = await createProof(signer, { method: 'GET', url: `${api}/orders`, accessToken });
  const send = () => servers.fetch(`${api}/orders`, { headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof } });

  expect((await send()).status).toBe(200);
  expect((await send()).status).toBe(401);
  expect(servers.takeMistakes().map(({ code, mend }) => [code, mend])).toEqual([
    ['proof_reused', 'Make a new proof for each request, and another for each retry.'],
  ]);
});
