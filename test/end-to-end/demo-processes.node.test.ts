/** The live demo's processes end with who started them, also where that ends while they are starting. */

import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { assert } from 'chai';
import { findRedisServer } from '../../scripts/browsers/find.mjs';
import { buildProcesses } from '../../scripts/demo/build.mjs';
import { Company } from '../../scripts/demo/company.mjs';
import { until } from '../support/until.ts';

/** When the start is cut short: before the modules are loaded, while they load, and after. */
const MOMENTS_MS = [0, 30, 60, 90, 120];

describe('the processes of the live demo', () => {
  let folder: string;
  const started: ChildProcess[] = [];

  /** Processes that work in the test's folder, or below it: whoever their parent is now. Linux only. */
  const left = (): number[] =>
    readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid) && cwdOf(name).startsWith(folder)).map(Number);

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'keybound-test-')));
  });

  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    for (const pid of left()) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  describe('where who started them goes while they start', () => {
    let programs: string;
    before(async () => {
      programs = await buildProcesses();
    });

    for (const [name, ...args] of [['redis', findRedisServer() ?? 'redis-server'], ['authorization-server'], ['resource-server', 'replica-a'], ['legacy-service'], ['thief']] as const)
      it(`${name} leaves no process and no folder`, async () => {
        for (const moment of MOMENTS_MS) {
          const child = fork(join(programs, `${name}.js`), args, { cwd: folder, env: { ...process.env, TMPDIR: folder }, stdio: 'ignore', execArgv: [] });
          started.push(child);
          const ended = once(child, 'exit', { signal: AbortSignal.timeout(20_000) });
          await pause(moment);
          child.disconnect();
          assert.deepEqual(await ended, [0, null], `after ${moment} ms`);
          await until(() => left().length === 0);
          assert.deepEqual(readdirSync(folder), [], `after ${moment} ms`);
        }
      });
  });

  describe('when all is over', () => {
    /** A keeper that says it keeps this process, and ends as it is told. */
    async function keep(pid: number): Promise<{ company: Company; keeper: number }> {
      const say = (listening: string) => `process.send({ listening: ${JSON.stringify(listening)}, pid: ${pid} }); process.on('disconnect', () => process.exit(0));`;
      mkdirSync(join(folder, 'kept'));
      for (const name of ['authorization-server', 'resource-server', 'legacy-service', 'thief']) writeFileSync(join(folder, `${name}.js`), say('http://localhost:1'));
      writeFileSync(join(folder, 'redis.js'), `require('fs').writeFileSync(${JSON.stringify(join(folder, 'pid'))}, String(process.pid)); ${say(join(folder, 'kept/redis.sock'))}`);
      const company = new Company();
      await company.start({ folder, redis: 'redis-server' });
      return { company, keeper: Number(readFileSync(join(folder, 'pid'), 'utf8')) };
    }
    const sleep = async () => {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      started.push(child);
      await once(child, 'spawn');
      return child;
    };

    it('the id of a Redis that its keeper has ended is left alone: it may be somebody else’s by then', async () => {
      const somebodyElse = await sleep();
      const { company } = await keep(somebodyElse.pid!);
      await company.end();
      const ended = once(somebodyElse, 'exit');
      somebodyElse.kill('SIGTERM');
      assert.deepEqual(await ended, [null, 'SIGTERM'], 'not SIGKILL');
    });

    it('a Redis whose keeper was killed is ended', async () => {
      const redis = await sleep();
      const { company, keeper } = await keep(redis.pid!);
      const ended = once(redis, 'exit');
      const dead = new Promise<void>((resolve) => (company.onDeath = () => resolve()));
      process.kill(keeper, 'SIGKILL');
      await dead;
      await company.end();
      assert.deepEqual(await ended, [null, 'SIGKILL']);
      assert.notInclude(readdirSync(folder), 'kept');
    });
  });
});

function cwdOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
