/** Who decides who logs in: the app around the authorization server. */

/** Who logged in, and what they granted. */
export interface Login {
  /** The user: the `sub` of every token that comes of it. */
  readonly sub: string;
  /** The session, by which its tokens can be revoked together. Default: no `sid`. */
  readonly sid?: string;
  /** What was granted, names with spaces between them (RFC 6749 §3.3). Default: what was asked for. */
  readonly scope?: string;
}

/** What the client asks for, checked already. */
export interface LoginRequest {
  /** Which client asks. */
  readonly clientId: string;
  /** Where the user is sent afterwards: one of the client's own. */
  readonly redirectUri: string;
  /** What it asks for; absent where it did not say. */
  readonly scope?: string | undefined;
  /**
   * The whole authorization request by name (`login_hint`, `prompt`, …). Read it here and not from the URL: a client may
   * have pushed it (RFC 9126), and then only this is what it asked for.
   */
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

/**
 * Decides who logs in: a Login, or a Response to show (a form, a redirect to one), or undefined for a denial
 * (`access_denied`). The page that it shows must keep the query and come back here; that it comes from the user who
 * sees it (sessions, CSRF, framing) is its own duty.
 */
export type Authenticate = (request: Request, login: LoginRequest) => Promise<Login | Response | undefined>;
