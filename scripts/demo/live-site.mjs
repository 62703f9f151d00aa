// What the live demo's page finds at its own origin beside its files: who is there, what they decide, and two back doors.
import { randomBytes } from 'node:crypto';
import { json } from 'node:stream/consumers';

const CLIENT_ID = 'spa';

export class LiveSite {
  /** It tells what is decided: pages whose name an attacker's DNS leads here are not to read that. */
  isPrivate = true;
  /** Servers that the page may call: for its Content-Security-Policy. */
  origins = [];
  /** What the page is told: demo/world/live/facts.ts. */
  facts = null;
  routes = new Map([
    ['GET /live.json', (_, response, headers) => sendJson(response, this.facts, headers)],
    ['GET /callback', (_, response, headers) => sendCallback(response, headers)],
    ['GET /decisions', (request, response, headers) => this.#follow(request, response, headers)],
    ['POST /control/reset', (...call) => this.#obey(...call, () => this.#play())],
    ['POST /control/expired-token', (...call) => this.#obey(...call, ({ jkt }) => this.#company.issueExpired(jkt))],
  ]);
  #company;
  #page = '';
  #followers = new Set();

  constructor(company) {
    this.#company = company;
    company.onRuling = (ruling) => {
      for (const follower of this.#followers) follower.write(`data: ${JSON.stringify(ruling)}\n\n`);
    };
  }

  /** Tells the company who is where, and then the page. */
  async open(page) {
    const company = this.#company;
    const [issuer, replicaA, replicaB, legacy, thief] = ['issuer', 'replicaA', 'replicaB', 'legacy', 'thief'].map((role) => company.origin(role));
    this.#page = page;
    this.origins = [issuer, replicaA, replicaB, legacy, thief];
    const facts = {
      // The public URL of the API is the first replica's: nothing balances load here.
      addresses: { issuer, api: replicaA, replicaA, replicaB, legacy },
      endpoints: { authorization: `${issuer}/authorize`, token: `${issuer}/token`, revocation: `${issuer}/revoke`, jwks: `${issuer}/jwks` },
      clientId: CLIENT_ID,
      redirectUri: `${page}/callback`,
      thief,
      redis: company.redis !== undefined,
      processes: company.list,
    };
    this.facts = facts;
    await this.#play();
  }

  /** A new world: new keys and secrets, and another corner of Redis. */
  async #play() {
    const { addresses, clientId, redirectUri } = this.facts;
    const [nonceSecret, corner] = [randomBytes(32).toString('base64url'), randomBytes(8).toString('hex')];
    await this.#company.play({ addresses, page: this.#page, clientId, redirectUri, nonceSecret, redis: this.#company.redis, prefix: `demo:${corner}:` });
    return null;
  }

  #follow(request, response, headers) {
    response.writeHead(200, { ...headers, 'Content-Type': 'text/event-stream' });
    response.write(': open\n\n');
    this.#followers.add(response);
    request.on('close', () => this.#followers.delete(response));
  }

  /** What the page alone may order: other pages of this browser can send POST requests, too. */
  async #obey(request, response, headers, act) {
    if (request.headers.origin !== this.#page) return response.writeHead(403, headers).end();
    try {
      return sendJson(response, await act(await json(request)), headers);
    } catch (error) {
      return response.writeHead(500, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }).end(error.message);
    }
  }
}

function sendJson(response, value, headers) {
  response.writeHead(200, { ...headers, 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
}

/** Where the login ends. The page comes here by fetch, over another origin: then browsers say `Origin: null`. */
function sendCallback(response, headers) {
  response.writeHead(200, { ...headers, 'Content-Type': 'text/plain; charset=utf-8', 'Access-Control-Allow-Origin': '*' }).end('The code is in the address.');
}
