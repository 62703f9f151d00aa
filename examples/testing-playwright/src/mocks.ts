import { mockServers, type MockServers } from 'keybound/msw';
import { setupWorker } from 'msw/browser';

declare global {
  interface Window {
    servers: MockServers;
  }
}

window.servers = await mockServers({ issuer: 'https://login.example.com', replicas: ['https://api.example.com'] });
await setupWorker(...window.servers.handlers).start({ quiet: true, onUnhandledFrame: 'bypass' });

export const comeBack = () => window.servers.logIn('alice');
