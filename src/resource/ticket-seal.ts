/** What a ticket says, and how it is sealed: whoever carries it reads nothing in it, and changes nothing. */

import { createSeal, type Seal } from '../crypto/web.ts';
import { decodeBase64url, encodeBase64url } from '../protocol/base64url.ts';
import { fromUtf8, utf8 } from '../protocol/bytes.ts';
import { parseJsonObject } from '../protocol/json.ts';
import { normaliseTargetUri } from '../protocol/target-uri.ts';
import { holdSecrets, type NonceSecret } from '../verifier/secrets.ts';
import type { GuardedReplayStore } from '../verifier/store-guard.ts';
import type { AccessTokenClaims } from './claims.ts';

/** What a ticket says. */
export interface Ticket {
  /** The socket that it opens, as {@link socketUrl} spells it. */
  readonly url: string;
  /** The key that it is for. */
  readonly jkt: string;
  /** Those of the access token that it was issued for. */
  readonly claims: AccessTokenClaims;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

const purpose = utf8('keybound socket ticket');

/** Seals tickets, and opens them. A ticket dies with the epoch of the store that it would be spent in. */
export class TicketSeal {
  readonly #seals: () => readonly Seal[];
  readonly #memory: Pick<GuardedReplayStore, 'epoch'>;

  /** @throws TypeError where a secret is none. */
  constructor(secret: NonceSecret | (() => NonceSecret), memory: Pick<GuardedReplayStore, 'epoch'>) {
    this.#seals = holdSecrets(secret, { of: 'secret', hold: (bytes) => createSeal(bytes, purpose) });
    this.#memory = memory;
  }

  /** The ticket as it travels: base64url of IV, content and tag. */
  async seal(ticket: Ticket): Promise<string> {
    const epoch = await this.#memory.epoch?.();
    return encodeBase64url(await this.#seals()[0]!.seal(utf8(JSON.stringify(ticket)), utf8(epoch ?? '')));
  }

  /** What a ticket says, and the epoch that it holds in; undefined where it is none of ours, or of another epoch. */
  async open(text: string): Promise<{ readonly ticket: Ticket; readonly epoch: string | undefined } | undefined> {
    const bytes = decodeBase64url(text);
    if (!bytes) return undefined;
    const epoch = await this.#memory.epoch?.();
    for (const seal of this.#seals()) {
      const content = await seal.open(bytes, utf8(epoch ?? ''));
      if (content) return { ticket: parseJsonObject(fromUtf8(content)!) as unknown as Ticket, epoch };
    }
    return undefined;
  }
}

/** The URL of a socket, as tickets name it: `http` for `ws`, normalised as `htu` is, the query with it; undefined for what is none. */
export function socketUrl(url: string | URL): string | undefined {
  const http = String(url).replace(/^ws/i, 'http');
  const uri = normaliseTargetUri(http);
  return uri === undefined ? undefined : uri + new URL(http).search;
}
