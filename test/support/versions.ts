/** The versions of the packages that a test runs against: they are pinned, so what package.json says is what is installed. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/run.mjs';

const { devDependencies, dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;

/** `express 5.3.0`: how tests under `interop: ` begin their titles. */
export function named(packageName: string): string {
  const version = { ...devDependencies, ...dependencies }[packageName];
  if (!version) throw new TypeError(`${packageName} is no dependency`);
  return `${packageName} ${version}`;
}
