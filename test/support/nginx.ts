/** A real nginx of the test's own, with a certificate of its own, in a folder that goes with it. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findNginx } from '../../scripts/browsers/find.mjs';
import { freePort } from '../../scripts/free-port.mjs';
import { until } from './until.ts';

/** An nginx that ends TLS. */
export interface Nginx {
  readonly port: number;
  /** What its certificate is trusted by. */
  readonly ca: string;
  stop(): Promise<void>;
}

/** Starts nginx with some `location` blocks for these names, and waits until it accepts connections. */
export async function startNginx(locations: string, names: readonly string[] = ['localhost']): Promise<Nginx> {
  const program = findNginx();
  if (!program) throw new Error('nginx is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'nginx-'));
  const port = await freePort();
  const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) => join(folder, name)) as [string, string];
  const subject = ['-subj', `/CN=${names[0]}`, '-addext', `subjectAltName=${names.map((name) => `DNS:${name}`).join()}`];
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await promisify(execFile)('openssl', ['req', '-x509', ...ec, ...subject, '-keyout', key, '-out', certificate]);
  await writeFile(join(folder, 'nginx.conf'), configuration({ port, key, certificate, locations, names, folder }));

  const server = spawn(program, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const endWithUs = () => void server.kill('SIGKILL');
  process.once('exit', endWithUs);
  let said = '';
  server.stderr.on('data', (text) => (said += text));
  const ended = once(server, 'exit');
  await Promise.race([
    until(() => accepts(port)),
    ended.then(() => Promise.reject(new Error(`nginx did not start: ${said}`))),
  ]);
  return {
    port,
    ca: await readFile(certificate, 'utf8'),
    async stop() {
      server.kill('SIGTERM');
      await ended;
      process.off('exit', endWithUs);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return once(socket, 'connect').then(() => true, () => false).finally(() => socket.destroy());
}

interface Place {
  readonly port: number;
  readonly key: string;
  readonly certificate: string;
  readonly locations: string;
  readonly names: readonly string[];
  readonly folder: string;
}

function configuration({ port, key, certificate, locations, names, folder }: Place): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`);
  return `daemon off; master_process off; pid ${folder}/nginx.pid; worker_processes 1;
events { worker_connections 64; }
http {
  access_log off;
  ${temporary.join(' ')}
  server {
    listen 127.0.0.1:${port} ssl;
    server_name ${names.join(' ')};
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    ${locations}
  }
}
`;
}
