// The few WebDriver commands that running tests in WebKitGTK takes, and the processes behind them.
// https://www.w3.org/TR/webdriver2/
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../free-port.mjs';

const DRIVER_START_SECONDS = 60;

/**
 * Starts WebKitGTK with a new, empty profile.
 *
 * @param {{ browser: string, driver: string, xvfb: string | undefined }} programs from findWebKit()
 */
export async function startWebKit(programs) {
  const running = [];
  const stopProcesses = () => running.forEach((process) => process.stop());
  try {
    const display = await startDisplay(programs.xvfb);
    running.push(display);
    const driver = await startDriver(programs.driver, display.name);
    running.unshift(driver);
    const session = await command(driver.address, 'POST', '/session', { capabilities: capabilities(programs.browser) });
    const path = `/session/${session.sessionId}`;
    const windows = () => command(driver.address, 'GET', `${path}/window/handles`);
    const [first] = await windows();
    return {
      version: `WebKitGTK ${session.capabilities.browserVersion}`,
      open: (url) => command(driver.address, 'POST', `${path}/url`, { url }),
      url: () => command(driver.address, 'GET', `${path}/url`),
      async clickAt(x, y) {
        const actions = [{ type: 'pointerMove', x, y }, { type: 'pointerDown', button: 0 }, { type: 'pointerUp', button: 0 }];
        await command(driver.address, 'POST', `${path}/actions`, { actions: [{ type: 'pointer', id: 'mouse', actions }] });
      },
      /** Closes the windows that pages have opened. */
      async closeOtherWindows() {
        for (const handle of await windows()) {
          if (handle === first) continue;
          await command(driver.address, 'POST', `${path}/window`, { handle });
          await command(driver.address, 'DELETE', `${path}/window`);
        }
        await command(driver.address, 'POST', `${path}/window`, { handle: first });
      },
      execute: (script, args = []) => command(driver.address, 'POST', `${path}/execute/sync`, { script, args }),
      async stop() {
        await command(driver.address, 'DELETE', path).catch(() => {}); // gone already: nothing to close
        stopProcesses();
      },
    };
  } catch (error) {
    stopProcesses();
    throw error;
  }
}

function capabilities(binary) {
  return {
    alwaysMatch: {
      browserName: 'MiniBrowser',
      acceptInsecureCerts: true,
      'webkitgtk:browserOptions': { binary, args: ['--automation', '--javascript-can-open-windows-automatically=true'] },
    },
  };
}

async function command(address, method, path, parameters) {
  const body = parameters && { body: JSON.stringify(parameters), headers: { 'content-type': 'application/json' } };
  const response = await fetch(address + path, { method, ...body });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`WebDriver ${method} ${path}: ${value?.error}: ${value?.message}`);
  return value;
}

/** The screen there is, or one in memory that Xvfb numbers itself. */
async function startDisplay(xvfb) {
  if (process.env.DISPLAY) return { name: process.env.DISPLAY, stop() {} };
  const server = startProcess(xvfb, ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const [number] = await Promise.race([once(server.process.stdio[3], 'data'), server.death]);
  return { name: `:${String(number).trim()}`, stop: () => server.stop() };
}

async function startDriver(program, display) {
  const port = await freePort();
  const driver = startProcess(program, [`--port=${port}`, '--host=127.0.0.1'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DISPLAY: display, NO_AT_BRIDGE: '1', WEBKIT_DISABLE_COMPOSITING_MODE: '1' },
  });
  const address = `http://127.0.0.1:${port}`;
  await Promise.race([answers(address), driver.death]);
  return { address, stop: () => driver.stop() };
}

/** The driver announces nothing when it is ready, so it has to be asked. */
async function answers(address) {
  const deadline = performance.now() + DRIVER_START_SECONDS * 1000;
  for (;;) {
    try {
      return await command(address, 'GET', '/status');
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(25);
    }
  }
}

/** A process that dies with this one; `death` rejects when it goes earlier. */
function startProcess(program, args, options) {
  const child = spawn(program, args, options);
  const kill = () => child.kill();
  process.once('exit', kill);
  const death = new Promise((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`${program} ended with ${signal ?? `exit code ${code}`}`)));
  });
  death.catch(() => {}); // nobody waits for it any more once the process is up
  return {
    process: child,
    death,
    stop() {
      process.off('exit', kill);
      kill();
    },
  };
}
