import type { Meta, StoryObj } from '@storybook/html-vite';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { createOrders } from './orders.ts';
import { servers } from './servers.ts';

const meta: Meta = {
  title: 'Orders',
  render: () => createOrders({ comeBack: () => servers.logIn('alice') }),
};
export default meta;

export const OfAlice: StoryObj = {
  play: async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await userEvent.click(canvas.getByRole('button', { name: 'Log in' }));
    await waitFor(() => expect(canvas.getByRole('button', { name: 'Orders' })).toBeEnabled());
    await userEvent.click(canvas.getByRole('button', { name: 'Orders' }));
    await waitFor(() => expect(canvas.getByRole('status')).toHaveTextContent('Orders of alice'));
    servers.assertClean(); // throws what the client did wrong, and how to mend it
  },
};
