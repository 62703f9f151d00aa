/** Tickets in a fleet: replicas that share a real Redis, and a secret. */

import { assert } from 'chai';
import { createTickets, type AllowDecision } from '../../src/resource-server.ts';
import { redisStores } from '../../src/redis.ts';
import { createApi, type Api } from '../support/api.ts';
import { makeProof } from '../support/proofs.ts';
import { clients, patient, patientServer, type Connection } from '../support/redis-clients.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';

const url = 'https://api.example.com/live';
const secret = 'a secret of the tests that has at least thirty-two bytes';

for (const [name, connect] of clients) {
  describe(`tickets for WebSockets in a fleet over ${name}`, () => {
    let server: RedisServer;
    let connections: Connection[];
    let api: Api;
    let allowed: AllowDecision;

    before(async () => {
      server = await startRedis();
    });
    after(() => server.stop());

    beforeEach(async () => {
      await server.command('FLUSHALL');
      connections = await Promise.all([connect(server.port), connect(server.port)]);
      api = await createApi();
      allowed = (await api.send()) as AllowDecision;
    });
    afterEach(() => connections.forEach(({ close }) => close()));

    /** The tickets of each replica, by the system's clock, as Redis has it. */
    const replicas = () => connections.map(({ client }) => createTickets({ ...redisStores(client, patient), ...patientServer, secret, origins: '*', nowSeconds: () => Date.now() / 1000 }));

    async function issue([first] = replicas()): Promise<string> {
      const now = Math.floor(Date.now() / 1000);
      const issued = await first!.issue({ ...allowed, claims: { ...allowed.claims, iat: now, exp: now + 300 } }, { url });
      assert.isTrue(issued.ok);
      return (issued as { ticket: string }).ticket;
    }

    async function handshake(ticket: string) {
      const proof = await makeProof({ key: api.alice, url, nonce: ticket, nowSeconds: Date.now() / 1000 });
      return { method: 'GET', url, headers: [['Sec-WebSocket-Protocol', `keybound, dpop.${proof}`]] as [string, string][] };
    }

    it('one ticket opens one socket, however often and wherever it is redeemed at once', async () => {
      const fleet = replicas();
      const ticket = await issue(fleet);
      const decisions = await Promise.all(Array.from({ length: 20 }, async (_, index) => fleet[index % 2]!.redeem(await handshake(ticket))));
      const codes = decisions.map((decision) => (decision.ok ? 'allow' : decision.code)).sort();
      assert.deepEqual(codes, ['allow', ...Array<string>(19).fill('bad_ticket')]);
    });

    it('a token that is revoked meanwhile opens none, seen in the round trip that spends', async () => {
      const ticket = await issue();
      const { revocation } = redisStores(connections[1]!.client, patient);
      await revocation.revoke({ jti: allowed.claims.jti!, expiresAtSeconds: Date.now() / 1000 + 300 });
      assert.include(await replicas()[0]!.redeem(await handshake(ticket)), { ok: false, code: 'token_revoked' });
    });

    it('a Redis that was flushed takes the tickets from before with it: none is good twice', async () => {
      const ticket = await issue();
      assert.isTrue((await replicas()[0]!.redeem(await handshake(ticket))).ok);
      await server.command('FLUSHALL');
      assert.include(await replicas()[1]!.redeem(await handshake(ticket)), { ok: false, code: 'bad_ticket' });
    });

    it('a Redis that hangs is 503', async () => {
      const fleet = replicas();
      const sent = await handshake(await issue(fleet));
      server.freeze();
      try {
        assert.include(await fleet[0]!.redeem(sent), { ok: false, code: 'verifier_unavailable', status: 503 });
      } finally {
        server.thaw();
      }
    });
  });
}
