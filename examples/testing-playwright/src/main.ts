import { openShop, type Shop } from './shop.ts';
import { comeBack } from './mocks.ts'; // in an app, the way back from its login page

const status = document.querySelector('[role=status]')!;
const [logIn, orders] = document.querySelectorAll('button');
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
logIn.disabled = false;
