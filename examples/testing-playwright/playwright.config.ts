import { defineConfig } from '@playwright/test';

// Playwright's own Chromium, or the one that CHROMIUM_PATH names.
const { CHROMIUM_PATH: executablePath, PORT = '5173' } = process.env;
const url = `http://localhost:${PORT}`;

export default defineConfig({
  testDir: 'test',
  use: { baseURL: url, launchOptions: executablePath ? { executablePath } : {} },
  webServer: { command: `npm run dev -- --port ${PORT} --strictPort`, url },
});
