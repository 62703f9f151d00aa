/** What the tests use of oidc-provider, which brings no types. */

declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  interface Interaction {
    readonly prompt: { readonly name: 'login' | 'consent' };
    readonly params: { readonly client_id: string };
    readonly grantId?: string;
    readonly session?: { readonly accountId: string };
  }

  interface Grant {
    addOIDCScope(scope: string): void;
    addResourceScope(resource: string, scope: string): void;
    save(): Promise<string>;
  }

  export class Provider {
    /** Whether the forwarding headers of a proxy are believed. */
    proxy: boolean;
    constructor(issuer: string, configuration: object);
    callback(): (message: IncomingMessage, response: ServerResponse) => Promise<void>;
    interactionDetails(message: IncomingMessage, response: ServerResponse): Promise<Interaction>;
    interactionFinished(message: IncomingMessage, response: ServerResponse, result: object, options: { mergeWithLastSubmission: boolean }): Promise<void>;
    on(event: 'server_error', listener: (context: unknown, error: Error) => void): this;
    readonly Grant: { new (parts: { accountId: string; clientId: string }): Grant; find(id: string): Promise<Grant> };
  }
}
