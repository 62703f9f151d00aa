/** `keybound/msw`: the real servers behind MSW, with switches for trouble. */

export { mockServers, type MockServers } from './mock/mock-servers.ts';
export type { LogInOptions } from './mock/log-in.ts';
export type { Mistake, MistakeCode, MistakeWords } from './mock/mistakes.ts';
export type { MockServersOptions, Respond } from './mock/options.ts';
export type { Trouble } from './mock/trouble.ts';
export type { Exchange } from './mock/wire.ts';
