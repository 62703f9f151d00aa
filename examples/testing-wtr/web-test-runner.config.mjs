import { esbuildPlugin } from '@web/dev-server-esbuild';
import { chromeLauncher } from '@web/test-runner-chrome';

// The Chrome that is installed, or the one that CHROMIUM_PATH names; containers run it as root, without its sandbox.
const { CHROMIUM_PATH: executablePath } = process.env;
const launchOptions = executablePath ? { executablePath, args: ['--no-sandbox'] } : {};

export default {
  files: 'test/*.test.ts',
  nodeResolve: { exportConditions: ['browser', 'development'] },
  plugins: [esbuildPlugin({ ts: true, target: 'es2022' })],
  browsers: [chromeLauncher({ launchOptions })],
};
