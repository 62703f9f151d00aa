/** Sends a file part by part, each a request with a proof of its own; tells after each how many bytes have arrived. */
export async function uploadInParts(
  api: typeof fetch,
  url: string,
  { file, partBytes = 1_048_576, signal, onProgress }: {
    readonly file: Blob;
    readonly partBytes?: number;
    readonly signal?: AbortSignal;
    readonly onProgress: (sentBytes: number) => void;
  },
): Promise<void> {
  for (let offset = 0; offset < file.size; offset += partBytes) {
    const body = file.slice(offset, offset + partBytes);
    const response = await api(`${url}?offset=${offset}`, { method: 'PUT', body, ...(signal && { signal }) });
    if (!response.ok) throw new Error(`HTTP ${response.status} at byte ${offset}`);
    onProgress(offset + body.size);
  }
}
