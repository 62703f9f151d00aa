/** The world in processes of their own, as the page reaches it: over HTTP, and nothing else. */

import type { JSONWebKeySet } from 'jose';
import type { OpenWorld } from '../world.ts';
import type { LiveFacts } from './facts.ts';
import { followDecisions } from './feed.ts';
import { logIn } from './login.ts';
import { answerOf, post } from './post.ts';
import { RemoteThief } from './remote-thief.ts';

export function liveWorld(facts: LiveFacts): OpenWorld {
  const { addresses, endpoints, clientId } = facts;
  return async ({ sent, decided, lost }) => {
    const { origin } = new URL(facts.redirectUri);
    if (location.origin !== origin) throw new Error(`The processes answer the page at ${origin} alone: open it there.`);
    await followDecisions({ decided, lost });
    return {
      addresses,
      endpoints,
      clientId,
      keyName: 'alice-live',
      logIn: (dpopJkt) => logIn(dpopJkt, facts),
      jwks: async () => answerOf<JSONWebKeySet>(await fetch(endpoints.jwks)),
      issueExpired: (jkt) => post<string>('/control/expired-token', { jkt }),
      createThief: () => RemoteThief.meet(facts.thief, sent),
      reset: () => post('/control/reset', {}),
    };
  };
}
