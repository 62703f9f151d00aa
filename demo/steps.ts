/** The resource server's ten steps, in the order in which it takes them (docs/SPEC.md). */

export const steps: readonly string[] = [
  'envelope',
  'proof shape',
  'method',
  'URL',
  'freshness',
  'token signature',
  'token lifetime',
  'key binding',
  'revocation',
  'first use',
];

export function stepName(step: number): string {
  return steps[step - 1] ?? '';
}
