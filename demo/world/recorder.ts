/** Writes the log: what senders tell of their requests, each with what its server tells of its decision. */

import type { Entry, Exchange } from '../exchange.ts';
import { boundThumbprint, openJwt, proofThumbprint } from '../jwt.ts';
import { judgeNames, markOf, type Ruling } from '../ruling.ts';
import { sentenceOf } from '../sentences.ts';
import { Rulings } from './rulings.ts';
import type { Sent } from './wiretap.ts';

/** Entries come in the order of the answers. Its methods work detached. */
export class Recorder {
  readonly #show: (entry: Entry) => void;
  readonly #rulings = new Rulings();
  #pending: Promise<void> = Promise.resolve();

  constructor(show: (entry: Entry) => void) {
    this.#show = show;
  }

  /** A sender tells what went over the wire. */
  readonly sent = (sent: Sent): void => {
    this.#pending = this.#pending.then(async () => {
      const exchange = await readExchange(sent);
      this.#show(entryOf(exchange, await this.#rulings.about(await markOf(sent.request))));
    });
  };

  /** A server tells what it decided. */
  readonly decided = (ruling: Ruling): void => this.#rulings.add(ruling);

  /** Adds an entry that is not about a request. */
  note(entry: Entry): void {
    this.#pending = this.#pending.then(() => this.#show(entry));
  }

  /** When all that was told is on the page; rejects where it could not be shown, and starts afresh. */
  settled(): Promise<void> {
    const pending = this.#pending;
    this.#pending = Promise.resolve();
    return pending;
  }
}

function entryOf(exchange: Exchange, ruling: Ruling): Entry {
  const { verdict, code, step, judge } = ruling;
  const { sender, method, url } = exchange;
  return {
    verdict, code, step, sender,
    judge: judgeNames[judge],
    request: `${method} ${new URL(url).pathname}`,
    sentence: sentenceOf(ruling, exchange),
    shown: { kind: 'exchange', exchange },
  };
}

async function readExchange({ sender, request, response, attempt, remarks }: Sent): Promise<Exchange> {
  const { method, url } = request;
  const requestBody = await readBody(request);
  const responseBody = await readBody(response);
  const proof = request.headers.get('DPoP') ?? undefined;
  const [, carried] = /^(?:DPoP|Bearer) +(.+)$/i.exec(request.headers.get('Authorization') ?? '') ?? [];
  const sentToken = carried ?? new URLSearchParams(requestBody).get('token') ?? undefined;
  const accessToken = sentToken ?? issuedToken(responseBody);
  return {
    sender, method, url, requestBody, responseBody, accessToken, proof, attempt, remarks,
    isIssued: accessToken !== sentToken,
    requestHeaders: [...request.headers],
    status: response.status,
    responseHeaders: [...response.headers],
    tokenJkt: boundThumbprint(openJwt(accessToken)),
    proofJkt: await proofThumbprint(openJwt(proof)),
  };
}

/** A connection may end in the middle of a body: what was decided is still to be shown. */
async function readBody(message: Request | Response): Promise<string> {
  return message.text().catch(() => '(the body broke off)');
}

function issuedToken(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { access_token?: string }).access_token;
  } catch {
    return undefined;
  }
}
