/** `npm start` as a child process, on a port of its own. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../scripts/demo.mjs', import.meta.url));

export class DemoServer {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  /** Resolves when the server has said that it is ready. */
  static async start(port: number | string = 0): Promise<DemoServer> {
    const child = spawn(process.execPath, [script], { env: { ...process.env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    return new Promise((resolve, reject) => {
      const read = (chunk: unknown) => {
        output += String(chunk);
        const [, url] = /ready: (http:\S+)/.exec(output) ?? [];
        if (url) resolve(new DemoServer(url, child));
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', () => reject(new Error(output)));
    });
  }

  /** Ctrl-C. */
  async stop(): Promise<number | null> {
    const ended = once(this.#child, 'exit') as Promise<[number | null]>;
    this.#child.kill('SIGINT');
    return (await ended)[0];
  }
}
