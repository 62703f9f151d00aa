/** A wire that can be cut: between a verifier and Redis, or between two Redis servers. */

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Stops forwarding, in both directions, without closing anything: what is sent waits. */
  hold(): void;
  /** Goes on, with what has waited. */
  resume(): void;
  /** Breaks all connections; new ones lead to another port. */
  moveTo(port: number): void;
  stop(): void;
}

/** Forwards connections to a port on this machine. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  let to = target;
  let isHeld = false;
  const sockets = new Set<Socket>();
  const each = (act: (socket: Socket) => void) => { for (const socket of sockets) act(socket); };

  function forward(from: Socket, into: Socket): void {
    sockets.add(from);
    from.on('data', (bytes) => void into.write(bytes));
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      into.destroy();
    });
    if (isHeld) from.pause();
  }

  const server = createServer((incoming) => {
    const outgoing = connect(to, '127.0.0.1');
    forward(incoming, outgoing);
    forward(outgoing, incoming);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    hold() {
      isHeld = true;
      each((socket) => socket.pause());
    },
    resume() {
      isHeld = false;
      each((socket) => socket.resume());
    },
    moveTo(port) {
      to = port;
      each((socket) => socket.destroy());
    },
    stop() {
      server.close();
      each((socket) => socket.destroy());
    },
  };
}
