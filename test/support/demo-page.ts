/** The demo page as its user meets it: buttons by name, the log, nothing behind them. */

import type { BrowserContext, Locator, Page } from 'playwright-core';

/** One page, and whatever went wrong on its console. */
export class DemoPage {
  readonly page: Page;
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      // The browser itself reports every 401: denials are what this page is about.
      const isDenial = message.text().startsWith('Failed to load resource: the server responded with a status of 4');
      if (['error', 'warning'].includes(message.type()) && !isDenial) this.complaints.push(message.text());
    });
  }

  static async open(context: BrowserContext, url: string): Promise<DemoPage> {
    const demo = new DemoPage(await context.newPage());
    await demo.page.goto(url);
    return demo;
  }

  get log(): Locator {
    return this.page.getByRole('log', { name: 'Decisions', exact: true });
  }

  get wire(): Locator {
    return this.page.getByRole('region', { name: 'On the wire', exact: true });
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** Presses a button and waits until the action is over. */
  async press(...names: string[]): Promise<void> {
    for (const name of names) {
      await this.button(name).click();
      await this.idle();
    }
  }

  /** Presses a button and gives what the newest entry says. */
  async verdict(name: string): Promise<string> {
    await this.press(name);
    return this.newest();
  }

  async newest(): Promise<string> {
    return this.oneLine(this.log.getByRole('listitem').last());
  }

  async entries(): Promise<string[]> {
    return Promise.all((await this.log.getByRole('listitem').all()).map((entry) => this.oneLine(entry)));
  }

  async reload(): Promise<void> {
    await this.page.reload();
  }

  /** What axe-core finds wrong; `axe` is its source. */
  async findings(axe: string): Promise<string[]> {
    await this.page.evaluate(axe);
    return this.page.evaluate('axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target)}`))');
  }

  /** By how many pixels the page is wider than its window. */
  overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  }

  /** When no action is under way any more. */
  idle(): Promise<unknown> {
    return this.page.waitForFunction(() => document.querySelector('[role=log]')?.getAttribute('aria-busy') !== 'true');
  }

  private async oneLine(entry: Locator): Promise<string> {
    return (await entry.innerText()).replace(/\s+/g, ' ');
  }
}
