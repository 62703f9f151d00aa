/** What the samples in the documents take from the reader's own app. */

/** Logs in at the authorization server, and sends the token request with the fetch that it is given. */
declare function logIn(fetch: typeof globalThis.fetch): Promise<{ access_token: string; token_type: string }>;
