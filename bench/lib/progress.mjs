// Shows how far it is: on a terminal in one line that is written again, elsewhere in a line now and then.
const PAUSE_SECONDS = 5;

/** @param {string} name of the part @returns {(text: string) => void} */
export function progressOf(name) {
  const start = performance.now();
  let toldSeconds = -Infinity;
  return (text) => {
    const seconds = (performance.now() - start) / 1000;
    const line = `${name}: ${text}, ${seconds.toFixed(0)} s`;
    if (process.stderr.isTTY) return process.stderr.write(`\r\x1b[2K${line}`);
    if (seconds < toldSeconds + PAUSE_SECONDS) return;
    toldSeconds = seconds;
    process.stderr.write(`${line}\n`);
  };
}
