/** Where the servers are. None of these hosts exists: requests to them end in this page's service worker. */

export const issuer = 'https://login.example';

/** What clients call; a load balancer passes their requests to a replica. */
export const api = 'https://api.example';

/** The replicas themselves, for whoever goes round the load balancer. */
export const replicaA = 'https://api-a.example';
export const replicaB = 'https://api-b.example';

/** A service that checks JWTs and has never heard of DPoP. */
export const legacy = 'https://legacy.example';

const names: Record<string, string> = {
  [issuer]: 'Authorization server',
  [replicaA]: 'Replica A',
  [replicaB]: 'Replica B',
  [legacy]: 'Legacy service',
};

/** What the page calls a server. */
export function serverName(address: string): string {
  return names[address] ?? address;
}
