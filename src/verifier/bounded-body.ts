/** Bodies of requests and answers: read up to a limit, because their sender chooses their size. */

/**
 * The text of a body, or undefined where it has more than `maxBytes` bytes: what goes beyond is not read, where the
 * platform shows bodies as streams. Compressed bodies count as what they unfold to.
 *
 * @throws whatever reading rejects with: a body that is used already, or a connection that broke.
 */
export async function readBoundedText(message: Request | Response, maxBytes: number): Promise<string | undefined> {
  if (Number(message.headers.get('content-length')) > maxBytes) {
    await message.body?.cancel();
    return undefined;
  }
  const bytes = message.body ? await readStream(message.body, maxBytes) : new Uint8Array(await message.arrayBuffer());
  return bytes && bytes.length <= maxBytes ? new TextDecoder().decode(bytes) : undefined;
}

async function readStream(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array | undefined> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let chunk; (chunk = await reader.read()) && !chunk.done; chunks.push(chunk.value)) {
    size += chunk.value.length;
    if (size <= maxBytes) continue;
    await reader.cancel();
    return undefined;
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
