import { mockServers } from 'keybound/msw';

export const servers = await mockServers({ issuer: 'https://login.example.com', replicas: ['https://api.example.com'] });
