/** Turns what the servers saw and decided into entries of the log, in the order of their answers. */

import type { Decision } from 'keybound/resource-server';
import type { Entry, Exchange, Sender, VerdictKind } from '../exchange.ts';
import { boundThumbprint, openJwt, proofThumbprint } from '../jwt.ts';
import { authorizationSentence, decisionSentence, legacySentence } from '../sentences.ts';
import { issuer, serverName } from './addresses.ts';

/** What a server reports: who it is, and copies of the request and its answer. */
export interface Report {
  readonly server: 'authorization-server' | 'resource-server' | 'legacy';
  readonly name: string;
  readonly request: Request;
  readonly response: Response;
  readonly decision?: Decision;
}

interface Verdict {
  readonly verdict: VerdictKind;
  readonly code?: string;
  readonly step?: number;
  readonly sentence: string;
}

export class Recorder {
  /** Who is sending at the moment: actions run one at a time. */
  sender: Sender = 'Alice’s browser';
  readonly #show: (entry: Entry) => void;
  #pending: Promise<void> = Promise.resolve();

  constructor(show: (entry: Entry) => void) {
    this.#show = show;
  }

  record(report: Report): void {
    const { sender } = this;
    const isDocument = report.server === 'authorization-server' && report.request.method !== 'POST';
    if (isDocument) return;
    this.#pending = this.#pending.then(async () => this.#show(await entryOf(report, sender)));
  }

  /** Adds an entry that is not about a request. */
  note(entry: Entry): void {
    this.#pending = this.#pending.then(() => this.#show(entry));
  }

  /** When all that was recorded is on the page. */
  settled(): Promise<void> {
    return this.#pending;
  }
}

async function entryOf(report: Report, sender: Sender): Promise<Entry> {
  const exchange = await readExchange(report, sender);
  const verdict = verdictOf(report, exchange);
  const { verdict: kind, code } = verdict;
  const { pathname } = new URL(exchange.url);
  return {
    ...verdict,
    judge: exchange.receiver,
    sender,
    request: `${exchange.method} ${pathname}`,
    shown: { kind: 'exchange', exchange, verdict: kind, ...(code !== undefined && { code }) },
  };
}

async function readExchange({ name, request, response }: Report, sender: Sender): Promise<Exchange> {
  const { method, url } = request;
  const requestBody = await request.text();
  const responseBody = await response.text();
  const proof = request.headers.get('DPoP');
  const [, sent] = /^(?:DPoP|Bearer) +(.+)$/i.exec(request.headers.get('Authorization') ?? '') ?? [];
  const accessToken = sent ?? new URLSearchParams(requestBody).get('token') ?? issuedToken(responseBody);
  const tokenJkt = boundThumbprint(openJwt(accessToken));
  const proofJkt = await proofThumbprint(openJwt(proof ?? undefined));
  return {
    sender, receiver: serverName(name), method, url, requestBody, responseBody,
    requestHeaders: [...request.headers],
    status: response.status,
    responseHeaders: [...response.headers],
    ...(proof !== null && { proof }),
    ...(accessToken !== undefined && { accessToken }),
    ...(tokenJkt !== undefined && { tokenJkt }),
    ...(proofJkt !== undefined && { proofJkt }),
  };
}

function issuedToken(body: string): string | undefined {
  return readJson(body).access_token;
}

function verdictOf({ server, name, decision }: Report, exchange: Exchange): Verdict {
  if (decision) return decisionVerdict(decision, exchange);
  const isGood = exchange.status < 300;
  if (server === 'legacy') return { verdict: isGood ? 'ALLOW' : 'DENY', ...codeOf(exchange, isGood), sentence: legacySentence(isGood) };
  const { error } = readJson(exchange.responseBody);
  const verdict = isGood ? 'ALLOW' : error === 'use_dpop_nonce' ? 'CHALLENGE' : 'DENY';
  return { verdict, ...codeOf(exchange, isGood), sentence: authorizationSentence(verdict, exchange.url.slice(name === issuer ? issuer.length : 0)) };
}

/** A missing or stale nonce at step 5 is a question; a spent one, at step 10, is a refusal. */
function decisionVerdict(decision: Decision, exchange: Exchange): Verdict {
  if (decision.ok) return { verdict: 'ALLOW', step: 10, sentence: decisionSentence(undefined, 10, exchange) };
  const { code, step } = decision;
  const isQuestion = code === 'bad_or_missing_nonce' && step === 5;
  return { verdict: isQuestion ? 'CHALLENGE' : 'DENY', code, step, sentence: decisionSentence(code, step, exchange, decision.description) };
}

/** Our servers say in `code` what is wrong with a proof; `error` is OAuth's word, and all that other refusals have. */
function codeOf({ responseBody }: Exchange, isGood: boolean): { code?: string } {
  const { error, code = error } = readJson(responseBody);
  return isGood || code === undefined ? {} : { code };
}

interface Answer {
  readonly access_token?: string;
  readonly error?: string;
  readonly code?: string;
}

function readJson(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return {};
  }
}
