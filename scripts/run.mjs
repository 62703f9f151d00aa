// Starts the tools that the checks are made of.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The repository's root: every tool runs there. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The tests in three browsers take ten minutes, and several times that on a busy machine: what takes longer hangs. */
const TOOL_TIMEOUT_SECONDS = 60 * 60;

/**
 * Runs a program, its output straight to ours.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {Record<string, string>} [env] in addition to ours
 * @returns {Promise<boolean>} whether it ended well
 */
export async function run(program, args, env = {}) {
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
    timeout: TOOL_TIMEOUT_SECONDS * 1000,
  });
  try {
    const [code, signal] = await once(child, 'exit');
    if (signal) console.error(`${program} was ended by ${signal}`);
    return code === 0;
  } catch (error) {
    console.error(`${program} did not start: ${error.message}`);
    return false;
  }
}

/** Runs a script of ours or of a package with this Node; paths are relative to the root. */
export const node = (...args) => run(process.execPath, args);
