/** Tickets for WebSockets: what opens a socket, and every attack on that which we know of. */

import { assert } from 'chai';
import { createTickets, memoryReplayStore, type AllowDecision, type ReplayStore, type ResourceRequest, type TicketOptions } from '../../src/resource-server.ts';
import { createApi, type Api } from '../support/api.ts';
import { makeProof, type ProofParts } from '../support/proofs.ts';

const url = 'wss://api.example.com/live?room=7';
const handshakeUrl = 'https://api.example.com/live?room=7';
const page = 'https://app.example.com';
const secret = 'a secret of the tests that has at least thirty-two bytes';

interface HandshakeParts {
  readonly ticket?: string | undefined;
  readonly url?: string;
  readonly origin?: readonly string[];
  readonly proof?: Partial<ProofParts>;
  /** What is offered, instead of a subprotocol and the proof. */
  readonly protocols?: (proof: string) => string[];
}

describe('tickets for WebSockets', () => {
  let api: Api;
  let allowed: AllowDecision;
  let options: TicketOptions;

  beforeEach(async () => {
    api = await createApi();
    allowed = (await api.send()) as AllowDecision;
    const { replayStore, revocation } = api.options;
    options = { replayStore, revocation: revocation!, origins: [page], secret, nowSeconds: () => api.clock.nowSeconds };
  });

  const serve = (changed: Partial<TicketOptions> = {}) => createTickets({ ...options, ...changed });

  async function issue(tickets = serve(), socket = url): Promise<string> {
    const issued = await tickets.issue(allowed, { url: socket });
    assert.isTrue(issued.ok);
    return (issued as { ticket: string }).ticket;
  }

  /** A handshake: a good one, but for what is bent. */
  async function handshake(parts: HandshakeParts): Promise<ResourceRequest> {
    const { ticket, url: called = handshakeUrl, origin = [page], protocols = (proof) => ['keybound', `dpop.${proof}`] } = parts;
    const proof = await makeProof({ key: api.alice, url: called, nonce: ticket, nowSeconds: api.clock.nowSeconds, ...parts.proof });
    const headers = protocols(proof).map((protocol): [string, string] => ['Sec-WebSocket-Protocol', protocol]);
    return { method: 'GET', url: called, headers: [...origin.map((each): [string, string] => ['Origin', each]), ...headers] };
  }

  async function codeOf(parts: HandshakeParts, tickets = serve()): Promise<string> {
    const decision = await tickets.redeem(await handshake(parts));
    return decision.ok ? 'allow' : decision.code;
  }

  it('open one socket for the key, the token and the URL that they were issued for, and say until when', async () => {
    const decision = await serve().redeem(await handshake({ ticket: await issue() }));
    assert.isTrue(decision.ok);
    if (!decision.ok) return;
    const { claims, jkt, protocol, expiresAtSeconds } = decision;
    assert.deepEqual(claims, allowed.claims);
    assert.deepEqual([jkt, protocol, expiresAtSeconds], [api.alice.jkt, 'keybound', api.clock.nowSeconds + 300]);
  });

  it('are told in JSON that nobody stores', async () => {
    const issued = await serve({ lifetimeSeconds: 5 }).issue(allowed, { url });
    const response = issued.response();
    assert.equal(response.headers.get('Cache-Control'), 'no-store');
    assert.deepEqual(await response.json(), { ticket: (issued as { ticket: string }).ticket, expires_in: 5 });
  });

  it('are taken whatever the client holds its clock for: the time in the ticket counts', async () => {
    assert.equal(await codeOf({ ticket: await issue(), proof: { nowSeconds: api.clock.nowSeconds - 86_400 } }), 'allow');
  });

  it('are taken from several Sec-WebSocket-Protocol fields and from one list (RFC 6455 §11.3.4)', async () => {
    assert.equal(await codeOf({ ticket: await issue(), protocols: (proof) => [`graphql-transport-ws, dpop.${proof}`] }), 'allow');
  });

  it('show nothing of the token to whoever reads one', async () => {
    const ticket = await issue();
    const text = atob(ticket.replaceAll('-', '+').replaceAll('_', '/'));
    assert.notInclude(text, 'alice');
    assert.notEqual(await issue(), ticket);
  });

  describe('attacks:', () => {
    it('a ticket is used twice, with a new proof', async () => {
      const ticket = await issue();
      assert.equal(await codeOf({ ticket }), 'allow');
      assert.equal(await codeOf({ ticket }), 'bad_ticket');
    });

    it('a whole handshake is sent again', async () => {
      const sent = await handshake({ ticket: await issue() });
      assert.isTrue((await serve().redeem(sent)).ok);
      assert.include(await serve().redeem(sent), { code: 'proof_replayed' });
    });

    it('a ticket is used twice, in two replicas at once that share store and secret', async () => {
      const ticket = await issue();
      const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf({ ticket }, serve())));
      assert.deepEqual(codes.filter((code) => code === 'allow'), ['allow']);
    });

    it('a ticket that was read in a log, with the key of the thief', async () => {
      const ticket = await issue();
      assert.equal(await codeOf({ ticket, proof: { key: api.thief } }), 'proof_key_not_bound_to_token');
      assert.equal(await codeOf({ ticket, proof: { signer: api.thief } }), 'bad_proof_signature');
      assert.equal(await codeOf({ ticket }), 'allow', 'nothing was spent');
    });

    it('a proof without a ticket, or with a nonce of the API, or with a made-up one', async () => {
      const nonce = { policy: 'window', secret } as const;
      const ofApi = (await api.replica({ nonce }).verify(await api.request())) as { headers: Headers };
      for (const ticket of [undefined, '', 'made-up', ofApi.headers.get('DPoP-Nonce')!]) assert.equal(await codeOf({ ticket }), 'bad_ticket');
    });

    it('no proof, two proofs, a proof alone, and what is none', async () => {
      const ticket = await issue();
      assert.equal(await codeOf({ ticket, protocols: () => ['keybound'] }), 'proof_missing');
      assert.equal(await codeOf({ ticket, protocols: () => [] }), 'proof_missing');
      assert.equal(await codeOf({ ticket, protocols: (proof) => ['keybound', `dpop.${proof}`, `dpop.${proof}`] }), 'malformed_request');
      assert.equal(await codeOf({ ticket, protocols: (proof) => [`dpop.${proof}`] }), 'malformed_request');
      assert.equal(await codeOf({ ticket, protocols: () => ['keybound', 'dpop.x.y.z'] }), 'malformed_proof');
      assert.equal(await codeOf({ ticket, protocols: () => ['keybound', `dpop.${'x'.repeat(8193)}`] }), 'malformed_request');
    });

    it('a ticket that has expired, or that has come from the future', async () => {
      const ticket = await issue();
      api.clock.nowSeconds += 30;
      assert.equal(await codeOf({ ticket }), 'allow');
      const late = await issue();
      api.clock.nowSeconds += 31;
      assert.equal(await codeOf({ ticket: late }), 'bad_ticket');
      api.clock.nowSeconds -= 42;
      assert.equal(await codeOf({ ticket: late }), 'bad_ticket');
    });

    it('a ticket for another URL: path, host or query', async () => {
      for (const other of ['wss://api.example.com/admin?room=7', 'wss://other.example.com/live?room=7', 'wss://api.example.com/live?room=8', 'wss://api.example.com/live']) {
        assert.equal(await codeOf({ ticket: await issue(serve(), other) }), 'bad_ticket', other);
      }
    });

    it('a proof for another URL, or another method', async () => {
      const ticket = await issue();
      assert.equal(await codeOf({ ticket, proof: { url: 'https://api.example.com/orders' } }), 'uri_mismatch');
      assert.equal(await codeOf({ ticket, proof: { method: 'POST' } }), 'method_mismatch');
    });

    it('a ticket in which one character was changed, wherever', async () => {
      const ticket = await issue();
      for (let at = 0; at < ticket.length; at += 7) {
        const other = ticket[at] === 'A' ? 'B' : 'A';
        assert.equal(await codeOf({ ticket: ticket.slice(0, at) + other + ticket.slice(at + 1) }), 'bad_ticket', String(at));
      }
      assert.equal(await codeOf({ ticket: ticket.slice(0, -4) }), 'bad_ticket');
      assert.equal(await codeOf({ ticket }), 'allow');
    });

    it('a ticket of another secret', async () => {
      const elsewhere = serve({ secret: 'another secret of the tests, that has thirty-two bytes too' });
      assert.equal(await codeOf({ ticket: await issue(elsewhere) }), 'bad_ticket');
    });

    it('the token is revoked between issue and handshake', async () => {
      const ticket = await issue();
      const { nowSeconds } = api.clock;
      const revocation = options.revocation as unknown as { revoke(entry: object): Promise<void> };
      await revocation.revoke({ jti: allowed.claims.jti!, expiresAtSeconds: nowSeconds + 300 });
      assert.equal(await codeOf({ ticket }), 'token_revoked');
      assert.equal(await codeOf({ ticket, proof: { key: api.thief } }), 'proof_key_not_bound_to_token', 'a thief does not learn it');
    });

    it('the token expires between issue and handshake', async () => {
      api.clock.nowSeconds += 290;
      const ticket = await issue();
      api.clock.nowSeconds += 25;
      assert.equal(await codeOf({ ticket }), 'token_expired');
    });

    it('a page of another origin opens the socket (cross-site WebSocket hijacking): 403 before anything is looked at', async () => {
      const ticket = await issue();
      for (const origin of ['https://evil.example', 'null', `${page}.evil.example`, 'http://app.example.com']) {
        const decision = await serve().redeem(await handshake({ ticket, origin: [origin] }));
        assert.include(decision, { ok: false, code: 'origin_not_allowed', status: 403 });
      }
      assert.equal(await codeOf({ ticket, origin: [page, page] }), 'malformed_request');
      assert.equal(await codeOf({ ticket, origin: [] }), 'allow', 'no page: what is no browser writes what it likes');
    });

    it('a token in the query', async () => {
      assert.equal(await codeOf({ ticket: await issue(), url: `${handshakeUrl}&access_token=x` }), 'malformed_request');
    });

    it('a request that came as Bearer, which proves no key, gets no ticket', async () => {
      assert.include(await serve().issue({ claims: allowed.claims }, { url }), { ok: false, code: 'bearer_downgrade', status: 401 });
    });
  });

  describe('fail closed:', () => {
    const down = async () => Promise.reject(new Error('down'));

    it('a store that is down is 503, at the handshake and, where it names an epoch, at the issue', async () => {
      const tickets = serve({ replayStore: { claim: down } });
      const decision = await tickets.redeem(await handshake({ ticket: await issue(tickets) }));
      assert.include(decision, { ok: false, code: 'verifier_unavailable', status: 503 });
      assert.equal(decision.ok ? '' : decision.headers.get('Retry-After'), '5');
      assert.equal((decision as { cause: Error }).cause.message, 'down');
      assert.include(await serve({ replayStore: { claim: down, epoch: down } }).issue(allowed, { url }), { ok: false, status: 503 });
    });

    it('a revocation source that is down is 503', async () => {
      assert.equal(await codeOf({ ticket: await issue() }, serve({ revocation: { check: down } })), 'verifier_unavailable');
    });

    it('a store that lost its memory takes the tickets from before with it', async () => {
      const ticket = await issue();
      const restarted = { ...options.replayStore, claim: async () => true, spend: undefined, epoch: async () => 'another' } as unknown as ReplayStore;
      assert.equal(await codeOf({ ticket }, serve({ replayStore: restarted })), 'bad_ticket');
    });

    it('claims that are too long for a handshake are no ticket, until `claims` names those that sockets need', async () => {
      const long = { ...allowed, claims: { ...allowed.claims, groups: 'x'.repeat(6000), role: 'admin' } };
      const issued = await serve().issue(long, { url });
      assert.include(issued, { ok: false, code: 'verifier_unavailable' });
      assert.instanceOf((issued as { cause: unknown }).cause, RangeError);
      const tickets = serve({ claims: ['role'] });
      const decision = await tickets.redeem(await handshake({ ticket: await issueOf(tickets.issue(long, { url })) }));
      assert.deepEqual(decision.ok && decision.claims, { ...allowed.claims, role: 'admin' });
    });

    const issueOf = async (issued: ReturnType<ReturnType<typeof serve>['issue']>) => ((await issued) as { ticket: string }).ticket;
  });

  describe('while the socket is open', () => {
    it('recheck says when the token has ended, is revoked, or nobody can tell', async () => {
      let answer: () => Promise<boolean> = async () => false;
      const tickets = serve({ revocation: { check: async () => answer() } });
      const decision = await tickets.redeem(await handshake({ ticket: await issue() }));
      assert.isTrue(decision.ok);
      if (!decision.ok) return;
      assert.isUndefined(await decision.recheck());
      answer = async () => true;
      assert.equal(await decision.recheck(), 'token_revoked');
      answer = async () => Promise.reject(new Error('down'));
      assert.equal(await decision.recheck(), 'verifier_unavailable');
      answer = async () => false;
      api.clock.nowSeconds += 400;
      assert.equal(await decision.recheck(), 'token_expired');
    });
  });

  it('are refused with a challenge and JSON, as the resource server does (RFC 9110 §11.6.1)', async () => {
    const decision = await serve().redeem(await handshake({ ticket: 'x' }));
    assert.isFalse(decision.ok);
    const response = decision.ok ? new Response() : decision.response();
    assert.equal(response.status, 401);
    assert.match(response.headers.get('WWW-Authenticate')!, /^DPoP error="invalid_token", .*algs="Ed25519 EdDSA ES256"$/);
    assert.deepInclude(await response.json(), { error: 'invalid_token', code: 'bad_ticket' });
  });

  it('keep working while their secret is changed, and no longer than the old one is listed', async () => {
    const next = 'the next secret of the tests, which has thirty-two bytes as well';
    let secrets = [secret];
    const tickets = serve({ secret: () => secrets });
    const old = await issue(tickets);
    secrets = [next, secret];
    assert.equal(await codeOf({ ticket: old }, tickets), 'allow');
    const older = await issue();
    secrets = [next];
    assert.equal(await codeOf({ ticket: older }, tickets), 'bad_ticket');
    assert.equal(await codeOf({ ticket: await issue(tickets) }, tickets), 'allow');
  });

  it('whatever cannot work is a TypeError that names the option', async () => {
    const wrong: [string, Partial<Record<keyof TicketOptions, unknown>>][] = [
      ['replayStore', { replayStore: undefined }], ['origins', { origins: undefined }], ['origins', { origins: [`${page}/`] }],
      ['secret', { secret: 'short' }], ['secret', { secret: undefined, replayStore: { ...memoryReplayStore(), shared: true } }],
      ['lifetimeSeconds', { lifetimeSeconds: 301 }], ['lifetimeSeconds', { lifetimeSeconds: 0 }], ['claims', { claims: 'sub' }],
      ['publicUrl', { publicUrl: '/live' }], ['revocation', { revocation: {} }],
    ];
    for (const [name, changed] of wrong) assert.throws(() => serve(changed as Partial<TicketOptions>), TypeError, name);
    for (const none of ['/live', 'ftp://api.example.com/live', '']) {
      const error = await serve().issue(allowed, { url: none }).then(() => undefined, (reason: unknown) => reason);
      assert.instanceOf(error, TypeError, none);
    }
  });
});
