/** The versions of the packages that a test runs against: they are pinned, so what package.json says is what is installed. */

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest = await readManifest();

// Without an import of node:fs, which the browsers' server would look for.
async function readManifest(): Promise<Manifest> {
  if (typeof process === 'undefined') return (await (await fetch('/package.json')).json()) as Manifest;
  const { readFileSync } = process.getBuiltinModule('node:fs');
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Manifest;
}

/** `express 5.3.0`: how tests below `interop: ` begin their titles. */
export function named(packageName: string): string {
  const version = { ...manifest.devDependencies, ...manifest.dependencies }[packageName];
  if (!version) throw new TypeError(`${packageName} is no dependency`);
  return `${packageName} ${version}`;
}
