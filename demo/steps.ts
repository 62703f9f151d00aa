/** The resource server's ten steps, in the order in which it takes them (docs/SPEC.md). */

interface Step {
  readonly name: string;
  /** What it asks. */
  readonly question: string;
}

export const steps: readonly Step[] = [
  { name: 'envelope', question: 'one token and one proof?' },
  { name: 'proof shape', question: 'a well-formed proof?' },
  { name: 'method', question: 'made for this method?' },
  { name: 'URL', question: 'made for this address?' },
  { name: 'freshness', question: 'made just now, for us?' },
  { name: 'token signature', question: 'issued by the issuer?' },
  { name: 'token lifetime', question: 'still valid?' },
  { name: 'key binding', question: 'signed by the token’s key?' },
  { name: 'revocation', question: 'not taken back?' },
  { name: 'first use', question: 'never seen before, anywhere?' },
];

export function stepName(step: number): string {
  return steps[step - 1]?.name ?? '';
}
