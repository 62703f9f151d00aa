/** Who decides who logs in: the app around the authorization server. */

/** Who logged in. `sid` names the session; `scope` is what was granted, default: what was asked for. */
export interface Login {
  readonly sub: string;
  readonly sid?: string;
  readonly scope?: string;
}

/** What the client asks for, checked already. */
export interface LoginRequest {
  readonly clientId: string;
  readonly redirectUri: string;
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
