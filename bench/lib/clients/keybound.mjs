import { createKeybound } from 'keybound';

export async function open(name) {
  const keybound = await createKeybound({ name });
  const protect = ({ origin, accessToken }) => keybound.protect({ origins: [origin], accessToken: () => accessToken });
  return { jkt: keybound.jkt, protect };
}
