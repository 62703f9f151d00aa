import { useEffect, useState } from 'react';
import { loadOrders, type Orders } from './orders.ts';

/** The orders, once they are there. What goes wrong goes to the error boundary. */
export function useOrders(): Orders | undefined {
  const [orders, setOrders] = useState<Orders>();
  const [failure, setFailure] = useState<Error>();
  useEffect(() => {
    const controller = new AbortController();
    loadOrders(controller.signal).then(setOrders, (error: Error) => {
      if (!controller.signal.aborted) setFailure(error);
    });
    return () => controller.abort();
  }, []);
  if (failure) throw failure;
  return orders;
}
