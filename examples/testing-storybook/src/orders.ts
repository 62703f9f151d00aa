// The component: two buttons, and what came of them.
import { openShop, type Shop } from './shop.ts';

export function createOrders({ comeBack }: { comeBack: () => Promise<URLSearchParams> }): HTMLElement {
  const element = document.createElement('section');
  element.innerHTML = '<button>Log in</button> <button disabled>Orders</button> <p role="status"></p>';
  const [logIn, orders] = element.querySelectorAll('button');
  const status = element.querySelector('[role=status]')!;
  let shop: Shop;

  async function open() {
    shop = await openShop(await comeBack());
    orders.disabled = false;
  }
  async function show() {
    const answer = await shop.orders();
    status.textContent = answer.ok ? `Orders of ${(await answer.json()).sub}` : `No orders: ${answer.status}`;
  }
  logIn.addEventListener('click', () => void open());
  orders.addEventListener('click', () => void show());
  return element;
}
