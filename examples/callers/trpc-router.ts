/** The API's side of the tRPC example: what it offers, and who asks. */

import { initTRPC, tracked } from '@trpc/server';

/** Who calls: what the guard has verified. */
export interface Context {
  readonly sub: string;
}

// A connection for events ends after a while, and the client makes it anew: short here, so that the tests see it.
const { procedure, router } = initTRPC.context<Context>().create({ sse: { maxDurationMs: 300, client: { reconnectAfterInactivityMs: 5000 } } });

export const appRouter = router({
  whoAmI: procedure.query(({ ctx }) => ctx.sub),
  order: procedure.input((sent: unknown) => sent as { item: string }).mutation(({ ctx, input }) => ({ of: ctx.sub, item: input.item })),
  ticks: procedure.input((sent: unknown) => sent as { lastEventId?: string } | undefined).subscription(async function* ({ input, signal }) {
    for (let tick = Number(input?.lastEventId ?? 0) + 1; !signal?.aborted; tick++) {
      yield tracked(String(tick), tick);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }),
});

export type AppRouter = typeof appRouter;
