/** `npm start` or `npm run demo:live` as a child process, on a port of its own. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Which script, and what its environment has beside ours. */
interface DemoServerOptions {
  readonly script?: 'demo' | 'demo-live';
  readonly env?: Readonly<Record<string, string>>;
}

export class DemoServer {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #exit: Promise<[number | null]>;
  readonly #readOutput: () => string;

  private constructor(url: string, child: ChildProcess, readOutput: () => string) {
    this.url = url;
    this.#child = child;
    this.#exit = once(child, 'exit') as Promise<[number | null]>;
    this.#readOutput = readOutput;
  }

  /** Resolves when the server has said that it is ready. */
  static async start(port: number | string = 0, { script = 'demo', env = {} }: DemoServerOptions = {}): Promise<DemoServer> {
    const file = fileURLToPath(new URL(`../../scripts/${script}.mjs`, import.meta.url));
    const child = spawn(process.execPath, [file], { env: { ...process.env, ...env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    return new Promise((resolve, reject) => {
      const read = (chunk: unknown) => {
        output += String(chunk);
        const [, url] = /ready: (http:\S+)/.exec(output) ?? [];
        if (url) resolve(new DemoServer(url, child, () => output));
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', () => reject(new Error(output)));
    });
  }

  /** All that it has said. */
  get output(): string {
    return this.#readOutput();
  }

  /** It and all processes below it. Linux only. */
  get pids(): number[] {
    const family = [this.#child.pid!];
    for (const pid of family) family.push(...readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
    return family;
  }

  /** Its exit code, when it has ended. */
  async ended(): Promise<number | null> {
    return (await this.#exit)[0];
  }

  /** Ctrl-C, or another signal. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.#child.kill(signal);
    return this.ended();
  }
}
