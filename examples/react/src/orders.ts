import { session } from './session.ts';

export interface Orders {
  readonly status: number;
  readonly of: string;
  readonly key: string;
}

export async function loadOrders(signal: AbortSignal): Promise<Orders> {
  const { keybound, api } = await session;
  const response = await api('https://api.example.com/orders', { signal });
  const { sub } = await response.json();
  return { status: response.status, of: sub, key: `${keybound.keyState} in ${keybound.persistence}` };
}
