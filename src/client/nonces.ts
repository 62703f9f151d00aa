/** The newest nonce of each server, by role and origin (RFC 9449 §8.2, §9). */

/** Authorization server or resource server: one origin can be both, and the one's nonce is nothing to the other. */
export type ServerRole = 'AS' | 'RS';

/** Bounded by the lists of origins: only servers on them are ever asked. */
export type Nonces = Map<`${ServerRole}${string}`, string>;
