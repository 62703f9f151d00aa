/** Stage directions, and loot: JSON to the processes of the demo, and JSON back. */

export async function post<Answer>(url: string, body: object): Promise<Answer> {
  const headers = { 'Content-Type': 'application/json' };
  return answerOf(await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }));
}

/** @throws Error where the answer is none of success. */
export async function answerOf<Answer>(response: Response): Promise<Answer> {
  if (!response.ok) throw new Error(`${new URL(response.url).host} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}
