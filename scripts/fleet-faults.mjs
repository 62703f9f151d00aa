// Makes docs/fleet-faults.md again: runs the fleet test, which writes the table when all of it has passed.
import { node } from './run.mjs';

process.env.WRITE_FLEET_FAULTS = '1';
const passed = await node('--import', './scripts/typescript.mjs', 'scripts/node-tests.mjs', 'test/fleet/fleet.node.test.ts');
process.exitCode = passed ? 0 : 1;
