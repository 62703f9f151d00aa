// What a server that renders the page may do with the SDK: import it, and make a key that lives in memory.
import { createKeybound } from 'keybound';

const keybound = await createKeybound();
console.log(`${keybound.alg} in ${keybound.persistence}`);
