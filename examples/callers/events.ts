import { EventSource } from 'eventsource';

/** Server-sent events. Whoever reads them closes them; they close by themselves where the API, or Keybound, says no. */
export function openEvents(api: typeof fetch, url: string | URL): EventSource {
  const source: EventSource = new EventSource(url, {
    fetch: (input, init) =>
      api(input, init as RequestInit).catch((error: Error) => {
        // Else it would ask again for ever, with a key that is gone or for an origin that is not listed.
        if (error.name === 'KeyboundError') {
          source.close();
          source.dispatchEvent(Object.assign(new Event('error'), { message: error.message }));
        }
        throw error;
      }),
  });
  return source;
}
