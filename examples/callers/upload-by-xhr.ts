import type { Keybound } from 'keybound';

/**
 * Sends a file in one request, and tells how much of it has left, in every browser: only XMLHttpRequest can. Nobody retries
 * here, so a HEAD request fetches the nonce, and the file goes out once.
 */
export async function uploadByXhr(
  { proof }: Pick<Keybound, 'proof'>,
  url: string,
  { file, accessToken, onProgress }: {
    readonly file: Blob;
    readonly accessToken: string;
    readonly onProgress: (sentBytes: number) => void;
  },
): Promise<XMLHttpRequest> {
  async function send(method: string, nonce: string | undefined, body: Blob | null): Promise<XMLHttpRequest> {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.setRequestHeader('Authorization', `DPoP ${accessToken}`);
    request.setRequestHeader('DPoP', await proof({ method, url, accessToken, nonce }));
    request.upload.addEventListener('progress', ({ loaded }) => onProgress(loaded));
    return new Promise((resolve, reject) => {
      request.addEventListener('load', () => resolve(request));
      request.addEventListener('error', () => reject(new TypeError('The upload failed')));
      request.send(body);
    });
  }

  const scout = await send('HEAD', undefined, null);
  return send('PUT', scout.getResponseHeader('DPoP-Nonce') ?? undefined, file);
}
