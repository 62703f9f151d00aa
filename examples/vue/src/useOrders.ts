import { onScopeDispose, shallowRef } from 'vue';
import { loadOrders, type Orders } from './orders.ts';

/** The orders, once they are there, or why not. */
export function useOrders() {
  const orders = shallowRef<Orders>();
  const failure = shallowRef<Error>();
  const controller = new AbortController();
  onScopeDispose(() => controller.abort());
  loadOrders(controller.signal).then(
    (loaded) => (orders.value = loaded),
    (error: Error) => (failure.value = error),
  );
  return { orders, failure };
}
