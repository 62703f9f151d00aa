/** Hosts that are this machine itself: what goes there needs no TLS (RFC 8252 §8.3, RFC 6761 §6.3). */

/** Whether the host name of a URL, as `URL` spells it, is a loopback one. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
