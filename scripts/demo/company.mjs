// The processes of the live demo: they start together, are told one setting, and end together.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PLAYERS = {
  issuer: { name: 'authorization server', program: 'authorization-server', args: [] },
  replicaA: { name: 'replica A', program: 'resource-server', args: ['replica-a'] },
  replicaB: { name: 'replica B', program: 'resource-server', args: ['replica-b'] },
  legacy: { name: 'legacy service', program: 'legacy-service', args: [] },
  thief: { name: 'thief', program: 'thief', args: [] },
};

/** How long a process may take to end before it is made to. */
const FAREWELL_SECONDS = 3;

export class Company {
  /** Called with the name of a process that ended by itself. */
  onDeath = () => {};
  /** Called with each decision of a server. */
  onRuling = () => {};
  #players = new Map();
  #redis;
  #orders = new Map();
  #isEnding = false;

  /** @param {{ folder: string, redis: string | undefined }} where the programs are, and redis-server */
  async start({ folder, redis }) {
    const program = (name) => join(folder, `${name}.js`);
    const starting = Object.entries(PLAYERS).map(async ([role, { name, program: file, args }]) => {
      const player = await this.#start(name, program(file), args);
      this.#players.set(role, player);
    });
    if (redis) starting.push(this.#start('Redis', program('redis'), [redis]).then((keeper) => (this.#redis = keeper)));
    await Promise.all(starting);
  }

  /** Where a player listens. */
  origin(role) {
    return this.#players.get(role).listening;
  }

  /** Redis' socket, where there is one. */
  get redis() {
    return this.#redis?.listening;
  }

  /** Who is there: name, process id, and host and port where it has one. */
  get list() {
    const players = [...this.#players.entries()].sort(([a], [b]) => Object.keys(PLAYERS).indexOf(a) - Object.keys(PLAYERS).indexOf(b));
    const list = players.map(([, { name, child, listening }]) => ({ name, pid: child.pid, host: new URL(listening).host }));
    return this.#redis ? [...list, { name: 'Redis', pid: this.#redis.pid, host: '' }] : list;
  }

  /** A new world for all of them: they forget the one before. */
  async play(setting) {
    await Promise.all([...this.#players.keys()].map((role) => this.#order(role, { setting })));
  }

  /** A token that has expired, for a key. */
  issueExpired(jkt) {
    return this.#order('issuer', { expiredFor: jkt });
  }

  /** Ends all of them, and resolves when none is left. */
  async end() {
    this.#isEnding = true;
    await Promise.all([...this.#children].map(endChild));
    this.#clearAfterRedis();
  }

  #children = new Set();

  async #start(name, program, args) {
    const child = fork(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
    this.#children.add(child);
    return new Promise((resolve, reject) => {
      child.on('message', (word) => {
        if ('listening' in word) resolve({ name, child, ...word });
        else if ('ruling' in word) this.onRuling(word.ruling);
        else this.#settle(word);
      });
      child.once('error', reject);
      child.once('exit', () => {
        this.#children.delete(child);
        reject(new Error(`The ${name} did not start.`));
        if (!this.#isEnding) this.onDeath(name);
      });
    });
  }

  #order(role, order) {
    const id = this.#orders.size + 1;
    return new Promise((resolve, reject) => {
      this.#orders.set(id, { resolve, reject });
      this.#players.get(role).child.send({ id, ...order }, (error) => error && reject(error));
    });
  }

  #settle({ id, value, error }) {
    const { resolve, reject } = this.#orders.get(id);
    if (error === undefined) resolve(value);
    else reject(new Error(error));
  }

  // Its keeper does this, unless it was killed itself. Otherwise Redis has ended, and its id may be somebody else's.
  #clearAfterRedis() {
    if (!this.#redis) return;
    try {
      if (this.#redis.child.signalCode !== null) process.kill(this.#redis.pid, 'SIGKILL');
    } catch {
      // It has ended all the same.
    }
    rmSync(dirname(this.#redis.listening), { recursive: true, force: true });
  }
}

async function endChild(child) {
  const ended = once(child, 'exit');
  if (child.connected) child.disconnect();
  const patience = setTimeout(() => child.kill('SIGKILL'), FAREWELL_SECONDS * 1000);
  await ended;
  clearTimeout(patience);
}
