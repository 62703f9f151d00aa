/** Where the servers are. */

export interface Addresses {
  readonly issuer: string;
  /** What clients call: proofs are made for this one, whichever replica gets them. */
  readonly api: string;
  /** The replicas themselves, for whoever goes round the public URL. */
  readonly replicaA: string;
  readonly replicaB: string;
  /** A service that checks JWTs and has never heard of DPoP. */
  readonly legacy: string;
}

/** None of these hosts exists: requests to them end in the page's service worker. */
export const mocked: Addresses = {
  issuer: 'https://login.example',
  api: 'https://api.example',
  replicaA: 'https://api-a.example',
  replicaB: 'https://api-b.example',
  legacy: 'https://legacy.example',
};
