/** Vite's own static server over a build, as a child process. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Serves the built page of a project on a free port. */
export async function preview(project: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const vite = join(project, 'node_modules/vite/bin/vite.js');
  const child = spawn(process.execPath, [vite, 'preview', '--port', '0', '--host', 'localhost'], { cwd: project, env: { ...process.env, NO_COLOR: '1' } });
  const url = await new Promise<string>((resolve, reject) => {
    let printed = '';
    child.stdout.on('data', (data) => {
      printed += data;
      const [found] = /http:\/\/localhost:\d+\//.exec(printed) ?? [];
      if (found) resolve(found);
    });
    child.once('exit', () => reject(new Error(`vite preview stopped: ${printed}`)));
  });
  return {
    url,
    async close() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
