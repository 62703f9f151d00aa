import { useState } from 'react';
import { steal } from './thief.ts';
import { useOrders } from './useOrders.ts';

export function App() {
  const orders = useOrders();
  const [stolen, setStolen] = useState('');
  return (
    <>
      <pre role="status">
        {orders ? `${orders.status} for ${orders.of}, key ${orders.key}\n${stolen}` : '…'}
      </pre>
      <button onClick={async () => setStolen(await steal())}>Steal the token</button>
    </>
  );
}
