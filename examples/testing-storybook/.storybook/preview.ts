import type { Preview } from '@storybook/html-vite';
import { setupWorker } from 'msw/browser';
import { servers } from '../src/servers.ts';

const preview: Preview = {
  beforeAll: async () => {
    await setupWorker(...servers.handlers).start({ quiet: true, onUnhandledFrame: 'bypass' });
  },
};
export default preview;
